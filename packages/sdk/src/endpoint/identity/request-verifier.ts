/**
 * Tells the requests of one's own servers from all others: each carries a token that the server has
 * signed for what it asks, for a short time.
 */
import { HEADERS } from "@rejoin/protocol";
import { type HttpRequest, headerOf } from "../http/http-exchange.ts";
import { createVerifier, type VerifySignature } from "../ports/real-ed25519.ts";
import { parseIdentityKey } from "./identity-key.ts";
import { parseToken, type Token } from "./token.ts";

const SCHEME = "v1";
const ALGORITHM = "EdDSA";
const MS_PER_SECOND = 1000;
const CLOCKS = "are the clocks of the server and of this endpoint right?";

export class RequestVerifier {
  readonly #keys: ReadonlyMap<string, VerifySignature>;
  readonly #now: () => number;

  /** Throws a `TypeError` for what is no key. `now` gives milliseconds since the Unix epoch. */
  constructor(keys: readonly string[], now: () => number) {
    this.#keys = new Map(keys.map((key) => [key, createVerifier(parseIdentityKey(key))]));
    this.#now = now;
  }

  /** Why `request`, which asks for `audience`, must not be served; undefined if it may be. */
  async findFault(request: HttpRequest, audience: string): Promise<string | undefined> {
    const scheme = headerOf(request, HEADERS.signatureScheme);
    if (scheme !== SCHEME) return explainScheme(scheme);
    const text = headerOf(request, HEADERS.identityToken);
    if (text === undefined) return `it has no header ${HEADERS.identityToken}`;
    const token = parseToken(text);
    if (token === undefined) return `its header ${HEADERS.identityToken} holds no token`;
    if (token.algorithm !== ALGORITHM) {
      return `its token is signed by ${show(token.algorithm)}, but must be by ${ALGORITHM}`;
    }
    const verify = this.#keys.get(String(token.keyId));
    if (verify === undefined) {
      return `it is signed with the key ${show(token.keyId)}, which is not one of identityKeys`;
    }
    const isGenuine = await verify(token.signature, token.signed);
    if (!isGenuine) return `its signature is not that of the key ${show(token.keyId)}`;
    return findFalseClaim(token, audience, this.#now() / MS_PER_SECOND);
  }
}

function explainScheme(scheme: string | undefined): string {
  const known = scheme === undefined || scheme === "unsigned";
  return known
    ? "it is not signed; give the server a private key to sign requests with"
    : `its signature scheme is ${show(scheme)}, but must be ${show(SCHEME)}`;
}

/** Nothing is added to the times: the server chooses them so that clocks may differ a little. */
function findFalseClaim(token: Token, audience: string, nowSeconds: number): string | undefined {
  const { issuedAt, notBefore, expiresAt } = token;
  if (!isTime(issuedAt) || !isTime(notBefore) || !isTime(expiresAt)) {
    return "its token lacks one of iat, nbf and exp";
  }
  if (token.audience !== audience) {
    return `its token is for ${show(token.audience)}, but it asks for ${show(audience)}`;
  }
  if (nowSeconds >= expiresAt) {
    return `its token expired ${Math.ceil(nowSeconds - expiresAt)} s ago; ${CLOCKS}`;
  }
  if (nowSeconds < notBefore) {
    return `its token is good only in ${Math.ceil(notBefore - nowSeconds)} s; ${CLOCKS}`;
  }
  return undefined;
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? "none";
}
