/** A result as JSON: `{"rows": […]}`, without what is null. */
import type { DuckDBValue } from "@duckdb/node-api";
import { toDurationMs, toPlain } from "./plain-value.ts";
import type { SqlResult } from "./read-result.ts";

const encoder = new TextEncoder();

export function toJson({ duckdb, columns, rowCount }: SqlResult): Uint8Array<ArrayBuffer> {
  const names = columns.map(({ name }) => JSON.stringify(name));
  const rows: string[] = [];
  for (let i = 0; i < rowCount; i++) {
    const members: string[] = [];
    for (const [place, { values }] of columns.entries()) {
      const value = values[i] ?? null;
      const text = value === null ? undefined : toText(value);
      if (text !== undefined) members.push(`${names[place]}:${text}`);
    }
    rows.push(`{${members.join(",")}}`);
  }
  return encoder.encode(`{"rows":[${rows.join(",")}]}`);

  /** `undefined` for what JSON cannot say. */
  function toText(value: DuckDBValue): string | undefined {
    const plain = toPlain(duckdb, value);
    switch (plain.kind) {
      case "null":
        return undefined;
      case "text":
        return JSON.stringify(plain.text);
      case "number":
        return Number.isFinite(plain.number) ? String(plain.number) : undefined;
      case "integer":
        return String(plain.integer);
      case "boolean":
        return String(plain.boolean);
      case "instant":
        return JSON.stringify(formatInstant(plain.micros));
      case "duration":
        return JSON.stringify(formatDuration(toDurationMs(plain)));
      case "bytes":
        return JSON.stringify(Buffer.from(plain.bytes).toString("hex"));
      case "list":
        return `[${plain.items.map((item) => toText(item) ?? "null").join(",")}]`;
    }
  }
}

/** In milliseconds, and finer only where it has to be. */
function formatInstant(micros: bigint): string {
  const ms = Number(micros / 1000n) - (micros < 0n && micros % 1000n !== 0n ? 1 : 0);
  // biome-ignore lint/style/noRestrictedGlobals: writes an instant that is given, reads no clock
  const text = new Date(ms).toISOString();
  const rest = Number(micros - BigInt(ms) * 1000n);
  return rest === 0 ? text : text.replace("Z", `${String(rest).padStart(3, "0")}Z`);
}

/** `PT86400S`, `PT0.001S`; `P0D` for none. */
function formatDuration(ms: number): string {
  if (ms === 0) return "P0D";
  return `${ms < 0 ? "-" : ""}PT${Math.abs(ms) / 1000}S`;
}
