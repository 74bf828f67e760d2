/** Results as short texts that are equal if and only if the results are. */
import type { NotificationResult, Outcome as WireOutcome } from "@rejoin/protocol";
import type { Outcome } from "../program/program.ts";

const DIGEST_BYTES_MAX = 120;

/** Of those that were killed, or cancelled and did nothing about it. */
export const ENDED: ReadonlySet<string> = new Set(["failure 409 killed", "failure 409 canceled"]);

/** Of a result as it stands in a journal or goes to an attempt. */
export function digestOf(result: NotificationResult | WireOutcome): string {
  switch (result.kind) {
    case "value":
      return `value ${result.value.length} ${latin1(result.value)}`;
    case "failure":
      return `failure ${result.failure.code} ${result.failure.message}`;
    case "invocationId":
      return `id ${result.invocationId}`;
    default:
      return result.kind;
  }
}

/** What a handler's result or failure says; `undefined` if it is no result of a program. */
export function toOutcome(result: WireOutcome): Outcome | undefined {
  if (result.kind === "failure") return { ok: false, code: result.failure.code };
  return parseValue(latin1(result.value, result.value.length));
}

/** The outcome in the JSON text of a node's result. */
export function parseValue(text: string): Outcome | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== "object" || parsed === null || !("value" in parsed)) return undefined;
    return { ok: true, value: Number(parsed.value) };
  } catch {
    return undefined;
  }
}

export function latin1(bytes: Uint8Array, length = DIGEST_BYTES_MAX): string {
  const end = Math.min(bytes.length, length);
  return Buffer.from(bytes.buffer, bytes.byteOffset, end).toString("latin1");
}
