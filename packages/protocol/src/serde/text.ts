/**
 * UTF-8 to and from text. Short ASCII, which most payloads are, is converted by hand: calling into
 * the platform costs more than that.
 */
import { decodeUtf8, encodeUtf8 } from "../text-codec.ts";

/** Beyond this many code units the platform is faster. */
const SHORT_TEXT_LENGTH = 48;
const SHORT_BYTES_LENGTH = 24;

/** The UTF-8 bytes of `text`. */
export function encodeText(text: string): Uint8Array {
  const length = text.length;
  if (length > SHORT_TEXT_LENGTH) return encodeUtf8(text);
  const bytes = new Uint8Array(length);
  for (let index = 0; index < length; index++) {
    const unit = text.charCodeAt(index);
    if (unit > 0x7f) return encodeUtf8(text);
    bytes[index] = unit;
  }
  return bytes;
}

/** The text of UTF-8 `bytes`; throws a `TypeError` when they are not valid UTF-8. */
export function decodeText(bytes: Uint8Array): string {
  const length = bytes.length;
  if (length > SHORT_BYTES_LENGTH) return decodeUtf8(bytes);
  let text = "";
  for (let index = 0; index < length; index++) {
    const byte = bytes[index] ?? 0;
    if (byte > 0x7f) return decodeUtf8(bytes);
    text += String.fromCharCode(byte);
  }
  return text;
}
