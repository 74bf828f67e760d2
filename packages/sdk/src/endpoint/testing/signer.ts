/** Signs requests as a server does, with a library of its own. */
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { SignJWT } from "jose";

const DIGITS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/** What a token says; undefined claims are left out. */
export interface Claims {
  readonly aud?: unknown;
  readonly iat?: unknown;
  readonly nbf?: unknown;
  readonly exp?: unknown;
  readonly sub?: string;
}

export class Signer {
  readonly #privateKey: KeyObject;
  readonly keyId: string;

  constructor() {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    this.#privateKey = privateKey;
    const { x = "" } = publicKey.export({ format: "jwk" });
    this.keyId = `publickeyv1_${encodeBase58(Buffer.from(x, "base64url"))}`;
  }

  sign(claims: Claims, header: object = {}): Promise<string> {
    const given = Object.entries(claims).filter(([, value]) => value !== undefined);
    return new SignJWT(Object.fromEntries(given))
      .setProtectedHeader({ typ: "JWT", alg: "EdDSA", kid: this.keyId, ...header })
      .sign(this.#privateKey);
  }

  /** The headers of a request for `audience` at `seconds`, good for a minute before and after. */
  async headersFor(audience: string, seconds: number): Promise<Record<string, string>> {
    const claims = { aud: audience, iat: seconds, nbf: seconds - 60, exp: seconds + 60 };
    return {
      "x-restate-signature-scheme": "v1",
      "x-restate-jwt-v1": await this.sign(claims),
    };
  }
}

/** By arithmetic on one large number, unlike the code under test. */
export function encodeBase58(bytes: Uint8Array): string {
  let rest = BigInt(`0x0${Buffer.from(bytes).toString("hex")}`);
  let text = "";
  for (; rest > 0n; rest /= 58n) text = DIGITS.charAt(Number(rest % 58n)) + text;
  const zeros = bytes.findIndex((byte) => byte !== 0);
  return "1".repeat(zeros < 0 ? bytes.length : zeros) + text;
}
