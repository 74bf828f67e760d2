/** A handler that waits for signals, and what a test sends it. */
import type { Target } from "../harness/ingress.ts";
import type { RunningCell } from "../harness/running-cell.ts";
import { on } from "./targets.ts";

export interface Signalled {
  readonly invocationId: string;
  resolve(signalName: string, value: unknown): Promise<void>;
  reject(signalName: string, reason: string): Promise<void>;
  result<T>(): Promise<T>;
}

/** Sends to the handler. */
export async function signalled(
  { ingress }: RunningCell,
  target: Target,
  body?: unknown,
): Promise<Signalled> {
  const { invocationId } = await ingress.send(target, body);
  return {
    invocationId,
    resolve: (signalName, value) =>
      ingress.call(on("TestUtilsService", "resolveSignal"), { invocationId, signalName, value }),
    reject: (signalName, reason) =>
      ingress.call(on("TestUtilsService", "rejectSignal"), { invocationId, signalName, reason }),
    result: () => ingress.attach(invocationId),
  };
}
