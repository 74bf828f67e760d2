/** The key with which requests to endpoints are signed: Ed25519, PKCS#8, in a PEM file. */
import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { encodeBase58 } from "./base58.ts";

export interface IdentityKey {
  readonly privateKey: KeyObject;
  /** `publickeyv1_…`: what endpoints are given to verify requests with. */
  readonly id: string;
}

/** Why a file holds no key that could be used; the message names the file and the remedy. */
export class IdentityKeyError extends Error {
  override readonly name = "IdentityKeyError";
  readonly code = "IDENTITY_KEY";
}

const REMEDY = "make one with: openssl genpkey -algorithm ed25519 -outform pem -out private.pem";
const PRIVATE_KEY = /-----BEGIN PRIVATE KEY-----[^-]*-----END PRIVATE KEY-----/g;
const ANY_LABEL = /-----BEGIN ([^-]+)-----/;

/** The key in `pem`, the content of `file`. Throws an {@link IdentityKeyError}. */
export function parseIdentityKey(pem: string, file: string): IdentityKey {
  const [block, second] = pem.match(PRIVATE_KEY) ?? [];
  if (block === undefined) throw problem(file, `${describe(pem)} instead of a PRIVATE KEY`);
  if (second !== undefined) throw problem(file, "more than one PRIVATE KEY");
  const privateKey = read(block, file);
  if (privateKey.asymmetricKeyType !== "ed25519") {
    throw problem(file, `a key of type ${privateKey.asymmetricKeyType} instead of Ed25519`);
  }
  const { x = "" } = createPublicKey(privateKey).export({ format: "jwk" });
  const id = `publickeyv1_${encodeBase58(Buffer.from(x, "base64url"))}`;
  return { privateKey, id };
}

function read(block: string, file: string): KeyObject {
  try {
    return createPrivateKey({ key: block, format: "pem" });
  } catch (cause) {
    throw problem(file, "a PRIVATE KEY that cannot be read", cause);
  }
}

function describe(pem: string): string {
  const label = ANY_LABEL.exec(pem)?.[1];
  return label === undefined ? "no PEM block" : `a PEM block of ${label}`;
}

function problem(file: string, what: string, cause?: unknown): IdentityKeyError {
  return new IdentityKeyError(`the identity key file ${file} holds ${what}; ${REMEDY}`, { cause });
}
