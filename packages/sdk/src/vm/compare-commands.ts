/**
 * Whether a command is the recorded one. Times are not compared: a sleep and a delayed send are
 * computed from a clock that has moved on.
 */
import { type Command, decodeText } from "@rejoin/protocol";

/** One line per field that differs: `name: 'a' != 'b'`, the recorded value first. */
export function differingFields(recorded: Command, actual: Command): string[] {
  const lines: string[] = [];
  const a = recorded as unknown as Record<string, unknown>;
  const b = actual as unknown as Record<string, unknown>;
  for (const field of new Set([...Object.keys(a), ...Object.keys(b)])) {
    if (IGNORED_FIELDS.has(field) || equalValues(a[field], b[field])) continue;
    lines.push(`${FIELD_TITLES[field] ?? field}: ${show(a[field])} != ${show(b[field])}`);
  }
  return lines;
}

/** The same question without words, for the path that every replayed command takes. */
export function equalCommands(recorded: Command, actual: Command): boolean {
  const a = recorded as unknown as Record<string, unknown>;
  const b = actual as unknown as Record<string, unknown>;
  for (const field in b) {
    if (!IGNORED_FIELDS.has(field) && !equalValues(a[field], b[field])) return false;
  }
  for (const field in a) {
    if (!(field in b) && !IGNORED_FIELDS.has(field) && !isAbsent(a[field])) return false;
  }
  return true;
}

const IGNORED_FIELDS: ReadonlySet<string> = new Set(["wakeUpTime", "invokeTime", "requestAck"]);

const FIELD_TITLES: Readonly<Record<string, string>> = {
  resultCompletionId: "result completion id",
  invocationIdCompletionId: "invocation id completion id",
  idempotencyKey: "idempotency key",
  limitKey: "limit key",
  targetInvocationId: "target invocation id",
  signalIndex: "signal index",
  signalName: "signal name",
  awakeableId: "awakeable id",
};

function equalValues(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a instanceof Uint8Array && b instanceof Uint8Array) return equalBytes(a, b);
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => equalValues(item, b[index]));
  }
  if (isObject(a) && isObject(b)) {
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    return [...keys].every((key) => equalValues(a[key], b[key]));
  }
  return isAbsent(a) && isAbsent(b);
}

/** A decoded message may leave out what a new one says explicitly. */
function isAbsent(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.length === 0);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !(value instanceof Uint8Array);
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}

const SHOWN_LENGTH_MAX = 120;

function show(value: unknown): string {
  if (value instanceof Uint8Array) return quote(showBytes(value));
  if (typeof value === "string") return quote(value);
  if (value === undefined) return "(none)";
  return cut(JSON.stringify(value, (_key, part) => (isBytes(part) ? showBytes(part) : part)) ?? "");
}

function showBytes(bytes: Uint8Array): string {
  try {
    return decodeText(bytes);
  } catch {
    return `${bytes.length} bytes`;
  }
}

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array;
}

function quote(text: string): string {
  return `'${cut(text)}'`;
}

function cut(text: string): string {
  return text.length > SHOWN_LENGTH_MAX ? `${text.slice(0, SHOWN_LENGTH_MAX)}…` : text;
}
