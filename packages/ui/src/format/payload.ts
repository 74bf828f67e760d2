/** Payloads as a reader wants to see them: bytes that are JSON, text, or neither. */

export type ShownPayload =
  | { readonly kind: "empty" }
  | { readonly kind: "json"; readonly text: string }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "binary"; readonly text: string };

const HEX_BYTES_MAX = 4096;

/** JSON is indented; bytes that are no text are shown as hex. */
export function showPayload(bytes: Uint8Array): ShownPayload {
  if (bytes.length === 0) return { kind: "empty" };
  const text = decodeText(bytes);
  if (text === undefined) return { kind: "binary", text: toHex(bytes) };
  try {
    return { kind: "json", text: JSON.stringify(JSON.parse(text), null, 2) };
  } catch {
    return { kind: "text", text };
  }
}

/** `undefined` unless the bytes are text that can be read. */
export function decodeText(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
    return /[\u0000-\u0008\u000e-\u001f]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

/** Bytes of standard base64. */
export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** Sixteen bytes a line, with their offset. */
export function toHex(bytes: Uint8Array): string {
  const lines: string[] = [];
  const shown = Math.min(bytes.length, HEX_BYTES_MAX);
  for (let at = 0; at < shown; at += 16) {
    const line = [...bytes.subarray(at, Math.min(at + 16, shown))];
    const hex = line.map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    lines.push(`${at.toString(16).padStart(6, "0")}  ${hex}`);
  }
  const hidden = bytes.length - shown;
  return hidden > 0 ? `${lines.join("\n")}\n… ${hidden} more bytes` : lines.join("\n");
}
