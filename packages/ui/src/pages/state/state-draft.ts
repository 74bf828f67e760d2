/** A state while it is edited: values as text, and what they will be as bytes. */
import type { StateValue } from "@rejoin/client";
import { decodeText, fromBase64 } from "../../format/payload.ts";

export interface DraftValue {
  readonly key: string;
  /** `undefined` for bytes that are no text: they stay as they are. */
  readonly text: string | undefined;
  /** As it was; `undefined` for a new one. */
  readonly bytes: Uint8Array | undefined;
  readonly original: string | undefined;
}

/** JSON is indented for the eye; that alone is no change. */
export function toDraft(entries: readonly StateValue[]): DraftValue[] {
  return entries.map(({ key, value }) => {
    const bytes = fromBase64(value);
    const text = decodeText(bytes);
    const shown = text === undefined ? undefined : pretty(text);
    return { key, text: shown, bytes, original: shown };
  });
}

export function isChanged(draft: readonly DraftValue[], entries: readonly StateValue[]): boolean {
  return (
    draft.length !== entries.length ||
    draft.some(
      ({ text, original }) => text !== original || (original === undefined && text !== undefined),
    )
  );
}

/** What is wrong with it: nothing may be sent then. */
export function problemOf(draft: readonly DraftValue[]): string | undefined {
  const keys = draft.map(({ key }) => key);
  if (keys.some((key) => key === "")) return "every value needs a name";
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  return twice === undefined ? undefined : `there are two values named ${twice}`;
}

/** Whether a value that was JSON is none any more: handlers will most likely not be able to read it. */
export function breaksJson({ text, original }: DraftValue): boolean {
  return original !== undefined && text !== undefined && isJson(original) && !isJson(text);
}

/** The whole new state. Values that were not touched keep their very bytes. */
export function toNewState(draft: readonly DraftValue[]): Record<string, readonly number[]> {
  const entries = draft.map(({ key, text, bytes, original }) => {
    if (bytes !== undefined && text === original) return [key, [...bytes]] as const;
    return [key, [...new TextEncoder().encode(compact(text ?? ""))]] as const;
  });
  return Object.fromEntries(entries);
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function compact(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
