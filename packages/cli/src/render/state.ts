/** The state of an object as text. */
import type { StateEntryBytes } from "../commands/state/read-state.ts";
import type { Colours } from "./colours.ts";
import { formatSize } from "./size.ts";
import { formatTable } from "./table.ts";

const VALUE_LENGTH_MAX = 200;

export function renderState(
  state: readonly StateEntryBytes[],
  binary: boolean,
  colours: Colours,
): string {
  if (state.length === 0) return "";
  const rows = state.map(({ key, value }) => [
    key,
    formatSize(value.length),
    formatValue(value, binary),
  ]);
  return formatTable(["NAME", "SIZE", "VALUE"], rows, colours);
}

function formatValue(value: Uint8Array, binary: boolean): string {
  const text = binary ? undefined : decode(value);
  const shown = text ?? Buffer.from(value).toString("base64url");
  return shown.length > VALUE_LENGTH_MAX ? `${shown.slice(0, VALUE_LENGTH_MAX)}…` : shown;
}

/** On one line; `undefined` if it is no text. */
function decode(value: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(value);
    return text.replaceAll("\n", "\\n");
  } catch {
    return undefined;
  }
}
