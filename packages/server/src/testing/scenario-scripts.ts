/** Handlers, and parts of them, that several scenarios have. */
import { keyed } from "./scenario.ts";
import type { Script, ScriptIo } from "./script.ts";

export const echo: Script = (io) => {
  return io.text;
};

export const double: Script = (io) => {
  return String(Number(io.text) * 2);
};

export function callAll(io: ScriptIo, handler: string, count: number, spread: boolean): number[] {
  return Array.from({ length: count }, (_, i) =>
    io.call(handler, String(i), spread ? keyed(io, i) : {}),
  );
}

export function sum(io: ScriptIo, ids: readonly number[]): string {
  return String(ids.reduce((total, id) => total + Number(io.take(id)), 0));
}

export function patterned(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + seed * (i >>> 8) + seed) & 0xff;
  return bytes;
}
