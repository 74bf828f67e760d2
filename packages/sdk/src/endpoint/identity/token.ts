/**
 * The token with which a server signs a request: a JSON Web Token, three parts in base64url.
 *
 * | part      | content                                                                   |
 * |-----------|---------------------------------------------------------------------------|
 * | header    | JSON: `alg` is EdDSA, `kid` the public key as `publickeyv1_…`              |
 * | claims    | JSON: `aud` is what is asked for, such as `/invoke/S/h`; `iat`, `nbf` and  |
 * |           | `exp` are in seconds since the Unix epoch                                 |
 * | signature | Ed25519, of the two parts before it and the dot between them              |
 */
import { decodeText, encodeText, parseBase64Url } from "@rejoin/protocol";

export interface Token {
  readonly algorithm: unknown;
  readonly keyId: unknown;
  readonly audience: unknown;
  readonly issuedAt: unknown;
  readonly notBefore: unknown;
  readonly expiresAt: unknown;
  /** What was signed. */
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
}

/** Servers sign paths and keys; a longer token is none of theirs. */
const TOKEN_LENGTH_MAX = 16_384;

/** The parts of a token, not verified; undefined when `text` is none. */
export function parseToken(text: string): Token | undefined {
  if (text.length > TOKEN_LENGTH_MAX) return undefined;
  const [head = "", payload = "", tail = "", ...rest] = text.split(".");
  const header = parsePart(head);
  const claims = parsePart(payload);
  const signature = parseBase64Url(tail);
  if (header === undefined || claims === undefined || signature === undefined) return undefined;
  if (rest.length > 0) return undefined;
  return {
    algorithm: header.alg,
    keyId: header.kid,
    audience: claims.aud,
    issuedAt: claims.iat,
    notBefore: claims.nbf,
    expiresAt: claims.exp,
    signed: encodeText(`${head}.${payload}`),
    signature,
  };
}

function parsePart(text: string): Record<string, unknown> | undefined {
  const bytes = parseBase64Url(text);
  if (bytes === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(decodeText(bytes));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
