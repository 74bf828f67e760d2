/** The public keys of servers: `publickeyv1_` and base58 of the 32 bytes of an Ed25519 key. */
import { decodeBase58 } from "./base58.ts";

const PREFIX = "publickeyv1_";
const KEY_BYTES = 32;
/** No key is longer; a longer text is not even decoded. */
const TEXT_LENGTH_MAX = 64;

/** The bytes of a public key. Throws a `TypeError` that says what is wrong with it. */
export function parseIdentityKey(text: string): Uint8Array {
  if (!text.startsWith(PREFIX)) throw problem(text, `does not begin with ${PREFIX}`);
  const digits = text.slice(PREFIX.length);
  if (digits.length > TEXT_LENGTH_MAX) throw problem(text, `is too long`);
  const bytes = decodeBase58(digits);
  if (bytes === undefined) throw problem(text, "has characters that are not of base58");
  if (bytes.length !== KEY_BYTES) {
    throw problem(text, `holds ${bytes.length} bytes, but a key has ${KEY_BYTES}`);
  }
  return bytes;
}

function problem(text: string, what: string): TypeError {
  return new TypeError(
    `the identity key ${JSON.stringify(text)} ${what}; take the public key that the server prints ` +
      "when it starts with a private one",
  );
}
