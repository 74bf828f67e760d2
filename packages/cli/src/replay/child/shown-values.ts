/** Values of a journal for people and for JSON documents. */
import type { Command, Failure, Outcome } from "@rejoin/protocol";
import type { CommandReport, ResultReport } from "../report.ts";

/** JSON as what it says, text as it is, other bytes in base64. */
export function showBytes(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return { base64: Buffer.from(bytes).toString("base64") };
  }
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export function showCommand(command: Command, title: string): CommandReport {
  const { kind, ...fields } = command;
  return { title, type: typeOf(kind), fields: showFields(fields) as Record<string, unknown> };
}

/** `Call` for `call`. */
export function typeOf(kind: string): string {
  return kind.charAt(0).toUpperCase() + kind.slice(1);
}

export function showResult(result: Outcome, isRecorded: boolean): ResultReport {
  if (result.kind === "value") {
    return { kind: "value", is_recorded: isRecorded, value: showBytes(result.value) };
  }
  const { code, message } = result.failure;
  return { kind: "failure", is_recorded: isRecorded, code, message };
}

/** What a completion says, in a few words. */
export function describeOutcome(result: {
  readonly kind: string;
  readonly value?: Uint8Array;
  readonly failure?: Failure;
}): string {
  switch (result.kind) {
    case "value":
      return `${result.value?.length ?? 0} bytes`;
    case "failure":
      return `failed: [${result.failure?.code}] ${result.failure?.message.split("\n", 1)[0]}`;
    default:
      return "done";
  }
}

function showFields(value: unknown): unknown {
  if (value instanceof Uint8Array) return showBytes(value);
  if (Array.isArray(value)) return value.map(showFields);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, own]) => [name, showFields(own)]));
}
