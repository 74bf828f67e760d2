import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Claims, encodeBase58, Signer } from "../testing/signer.ts";
import { decodeBase58 } from "./base58.ts";
import { parseIdentityKey } from "./identity-key.ts";
import { RequestVerifier } from "./request-verifier.ts";

const NOW = 1_700_000_000;
const AUDIENCE = "/invoke/svc/run";
const fresh: Claims = { aud: AUDIENCE, iat: NOW, nbf: NOW - 60, exp: NOW + 60 };

describe("base58", () => {
  test.each([
    ["", ""],
    ["1", "00"],
    ["2g", "61"],
    ["a3gV", "626262"],
    ["11233QC4", "0000287fb4cd"],
    ["1NS17iag9jJgTHD1VXjvLCEnZuQ3rJDE9L", "00eb15231dfceb60925886b67d065299925915aeb172c06647"],
  ])("%s", (text, hex) => {
    expect(Buffer.from(decodeBase58(text) ?? []).toString("hex")).toBe(hex);
  });

  test("gives back any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(decodeBase58(encodeBase58(bytes))).toEqual(bytes);
      }),
    );
  });

  test.each(["0", "O", "I", "l", "a b", "ä", "+"])("has no %s", (text) => {
    expect(decodeBase58(text)).toBeUndefined();
  });
});

describe("a key", () => {
  test("is 32 bytes", () => {
    const bytes = Uint8Array.from({ length: 32 }, (_, index) => index);
    expect(parseIdentityKey(`publickeyv1_${encodeBase58(bytes)}`)).toEqual(bytes);
  });

  test.each([
    ["", "does not begin with publickeyv1_"],
    ["publickeyv2_abc", "does not begin with publickeyv1_"],
    ["publickeyv1_", "holds 0 bytes, but a key has 32"],
    ["publickeyv1_2g", "holds 1 bytes"],
    ["publickeyv1_0OIl", "not of base58"],
    [`publickeyv1_${"z".repeat(100_000)}`, "is too long"],
    [`publickeyv1_${encodeBase58(new Uint8Array(33).fill(1))}`, "holds 33 bytes"],
  ])("is not %s", (text, fault) => {
    expect(() => parseIdentityKey(text)).toThrow(TypeError);
    expect(() => parseIdentityKey(text)).toThrow(fault);
  });
});

describe("a request", () => {
  const signer = new Signer();
  const verifier = new RequestVerifier([new Signer().keyId, signer.keyId], () => NOW * 1000);

  const fault = (headers: Record<string, string>, audience = AUDIENCE) =>
    verifier.findFault({ method: "POST", path: audience, headers }, audience);
  const withToken = (token: string) =>
    fault({ "x-restate-signature-scheme": "v1", "x-restate-jwt-v1": token });
  const withClaims = async (claims: Claims, header?: object) =>
    withToken(await signer.sign({ ...fresh, ...claims }, header));

  test("is served with a fresh token for what it asks", async () => {
    expect(await withClaims({})).toBeUndefined();
    expect(await withClaims({ sub: "key of an object" })).toBeUndefined();
  });

  test("is served on the edges of its time", async () => {
    expect(await withClaims({ nbf: NOW })).toBeUndefined();
    expect(await withClaims({ exp: NOW + 0.001 })).toBeUndefined();
    // Servers with fast clocks issue in our future; only nbf counts.
    expect(await withClaims({ iat: NOW + 30 })).toBeUndefined();
  });

  test.each([
    [{ exp: NOW }, "its token expired 0 s ago; are the clocks"],
    [{ exp: NOW - 59.5 }, "its token expired 60 s ago"],
    [{ nbf: NOW + 7 }, "its token is good only in 7 s; are the clocks"],
    [{ aud: "/invoke/svc/other" }, 'for "/invoke/svc/other", but it asks for "/invoke/svc/run"'],
    [{ aud: undefined }, "its token is for none"],
    [{ aud: [AUDIENCE, "/discover"] }, 'its token is for ["/invoke/svc/run"'],
    [{ iat: undefined }, "lacks one of iat, nbf and exp"],
    [{ nbf: undefined }, "lacks one of iat, nbf and exp"],
    [{ exp: undefined }, "lacks one of iat, nbf and exp"],
  ] as const)("is not with claims %j", async (claims, text) => {
    expect(await withClaims(claims)).toContain(text);
  });

  test("is not with a key of others, whatever they call it", async () => {
    const other = new Signer();
    expect(await withToken(await other.sign(fresh))).toContain(`the key "${other.keyId}", which`);
    const forged = await other.sign(fresh, { kid: signer.keyId });
    expect(await withToken(forged)).toBe(`its signature is not that of the key "${signer.keyId}"`);
    expect(await withToken(await other.sign(fresh, { kid: undefined }))).toContain("the key none");
  });

  test("is not with a token that was changed", async () => {
    const [head, , tail] = (await signer.sign(fresh)).split(".");
    const claims = Buffer.from(JSON.stringify({ ...fresh, exp: NOW + 1e6 })).toString("base64url");
    expect(await withToken(`${head}.${claims}.${tail}`)).toContain("its signature is not that of");
    expect(await withToken(`${head}.${claims}.`)).toContain("its signature is not that of");
  });

  test("is not with an algorithm that needs no key", async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const token = `${part({ alg: "none", kid: signer.keyId })}.${part(fresh)}.`;
    expect(await withToken(token)).toBe('its token is signed by "none", but must be by EdDSA');
  });

  test.each(["", "a", "a.b", "a.b.c.d", "..", "e30.e30.e30.e30", "bnVsbA.e30.", "*.*.*"])(
    "is not with %j for a token",
    async (token) => expect(await withToken(token)).toContain("holds no token"),
  );

  test("is not with a token beyond any bound", async () => {
    expect(await withClaims({ sub: "k".repeat(20_000) })).toContain("holds no token");
  });

  test("is not without a token", async () => {
    expect(await fault({})).toContain("it is not signed");
    expect(await fault({ "x-restate-signature-scheme": "unsigned" })).toContain("it is not signed");
    expect(await fault({ "x-restate-signature-scheme": "v2" })).toContain('scheme is "v2"');
    const headers = { "x-restate-signature-scheme": "v1" };
    expect(await fault(headers)).toContain("it has no header x-restate-jwt-v1");
  });
});
