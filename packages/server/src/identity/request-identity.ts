/**
 * Request identity, version 1: a token with every request, by which an endpoint knows that it comes
 * from this server. A JSON Web Token:
 *
 * | part      | content                                                           |
 * |-----------|-------------------------------------------------------------------|
 * | header    | `typ` JWT, `alg` EdDSA, `kid` the public key                      |
 * | `aud`     | the path below the deployment's prefix, such as `/invoke/S/h`     |
 * | `nbf`     | so much before `iat` as `exp` is after it: clocks may differ      |
 * | `sub`     | the key of a keyed target as it is, not percent-encoded           |
 *
 * A token is used again for the same path and key while most of its time is left.
 */
import { sign } from "node:crypto";
import type { Clock } from "../ports/ports.ts";
import type { IdentityKey } from "./identity-key.ts";

/** A token serves for this share of its time, so that slow requests and clocks have the rest. */
const REUSED_SHARE = 0.25;
const TOKENS_MAX = 4096;

interface Token {
  readonly text: string;
  readonly reusedUntil: number;
}

export class RequestIdentity {
  private readonly key: IdentityKey;
  private readonly clock: Clock;
  private readonly expirationMs: number;
  private readonly header: string;
  private readonly tokens = new Map<string, Token>();

  constructor(key: IdentityKey, clock: Clock, expirationMs: number) {
    this.key = key;
    this.clock = clock;
    this.expirationMs = expirationMs;
    this.header = encodePart({ typ: "JWT", alg: "EdDSA", kid: key.id });
  }

  /** Tokens in memory. */
  get tokenCount(): number {
    return this.tokens.size;
  }

  /** The token of a request for `path`; `subject` is the key of a keyed target, else "". */
  tokenFor(path: string, subject: string): string {
    const now = this.clock.now();
    const name = `${path}\n${subject}`;
    const known = this.tokens.get(name);
    if (known !== undefined && now < known.reusedUntil) return known.text;
    const text = this.create(path, subject, now);
    this.tokens.delete(name);
    this.tokens.set(name, { text, reusedUntil: now + this.expirationMs * REUSED_SHARE });
    this.bound();
    return text;
  }

  private create(path: string, subject: string, nowMs: number): string {
    const iat = Math.floor(nowMs / 1000);
    const window = Math.max(1, Math.round(this.expirationMs / 1000));
    const claims = { aud: path, iat, nbf: iat - window, exp: iat + window };
    const payload = encodePart(subject === "" ? claims : { ...claims, sub: subject });
    const signed = `${this.header}.${payload}`;
    const signature = sign(null, Buffer.from(signed), this.key.privateKey);
    return `${signed}.${signature.toString("base64url")}`;
  }

  private bound(): void {
    if (this.tokens.size <= TOKENS_MAX) return;
    const oldest = this.tokens.keys().next();
    if (oldest.done !== true) this.tokens.delete(oldest.value);
  }
}

function encodePart(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}
