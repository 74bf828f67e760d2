/**
 * State as a JSON object: names and what their values say, which must be JSON themselves. With
 * `binary` each value is its bytes in URL-safe base64, as a text.
 */
import { CliError } from "../../cli-error.ts";
import { type State, type StateEntryBytes, sorted } from "./read-state.ts";

export type StateDocument = Readonly<Record<string, unknown>>;

export function toDocument(state: State, binary: boolean): StateDocument {
  const members = state.map(({ key, value }) => [key, toMember(key, value, binary)] as const);
  return Object.fromEntries(members);
}

function toMember(key: string, value: Uint8Array, binary: boolean): unknown {
  if (binary) return Buffer.from(value).toString("base64url");
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(value));
  } catch (error) {
    throw new CliError(`the value of ${JSON.stringify(key)} is no JSON`, {
      cause: error,
      hint: "--binary shows values as base64",
    });
  }
}

/** Throws an error that says what is wrong with it. */
export function fromDocument(document: unknown, before: State, binary: boolean): State {
  if (typeof document !== "object" || document === null || Array.isArray(document)) {
    throw new CliError("the state must be a JSON object: names and values");
  }
  const bytes = new Map(before.map(({ key, value }) => [key, value]));
  const entries = Object.entries(document).map(([key, member]): StateEntryBytes => {
    const kept = bytes.get(key);
    // A value that nobody changed stays as it is to the last byte, spaces included.
    if (kept !== undefined && isSame(key, kept, member, binary)) return { key, value: kept };
    return { key, value: toBytes(key, member, binary) };
  });
  return sorted(entries);
}

function isSame(key: string, value: Uint8Array, member: unknown, binary: boolean): boolean {
  return JSON.stringify(toMember(key, value, binary)) === JSON.stringify(member);
}

const BASE64 = /^[A-Za-z0-9_+/-]*={0,2}$/;

function toBytes(key: string, member: unknown, binary: boolean): Uint8Array {
  if (!binary) return Buffer.from(JSON.stringify(member));
  if (typeof member !== "string" || !BASE64.test(member)) {
    throw new CliError(`the value of ${JSON.stringify(key)} must be base64 in a text`);
  }
  return Buffer.from(member, "base64url");
}

/** What a change adds, changes and removes, by name. */
export interface StateDifference {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

export function differenceOf(before: State, after: State): StateDifference {
  const old = new Map(before.map(({ key, value }) => [key, value]));
  const next = new Set(after.map(({ key }) => key));
  return {
    added: after.filter(({ key }) => !old.has(key)).map(({ key }) => key),
    changed: after
      .filter(({ key, value }) => {
        const own = old.get(key);
        return own !== undefined && Buffer.compare(own, value) !== 0;
      })
      .map(({ key }) => key),
    removed: before.filter(({ key }) => !next.has(key)).map(({ key }) => key),
  };
}
