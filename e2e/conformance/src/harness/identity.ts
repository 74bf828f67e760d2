/** A key with which a server signs its requests, and by which services know them. */
import { generateKeyPairSync } from "node:crypto";

export interface Identity {
  /** The private key, in a form that servers read. */
  readonly pem: string;
  /** The public key as SDKs take it: `publickeyv1_…`. */
  readonly publicKey: string;
}

const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const BASE = BigInt(ALPHABET.length);
const KEY_BYTES = 32;

/** Makes a new one. */
export function createIdentity(): Identity {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const encoded = publicKey.export({ type: "spki", format: "der" });
  return {
    pem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    // The key itself is the end of its envelope.
    publicKey: `publickeyv1_${toBase58(encoded.subarray(-KEY_BYTES))}`,
  };
}

/** Each leading zero byte is a leading `1`. */
function toBase58(bytes: Uint8Array): string {
  let digits = "";
  for (let rest = BigInt(`0x${Buffer.from(bytes).toString("hex")}`); rest > 0n; rest /= BASE) {
    digits = (ALPHABET[Number(rest % BASE)] ?? "") + digits;
  }
  const zeros = bytes.findIndex((byte) => byte !== 0);
  return ALPHABET.charAt(0).repeat(zeros === -1 ? bytes.length : zeros) + digits;
}
