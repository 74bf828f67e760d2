import { generateKeyPairSync } from "node:crypto";
import { decodeProtectedHeader, importSPKI, jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import { parseIdentityKey } from "./identity-key.ts";
import { OutgoingHeaders } from "./outgoing-headers.ts";
import { RequestIdentity } from "./request-identity.ts";

const NOW = 1_700_000_000_500;
const SECONDS = 1_700_000_000;

function setUp(expirationMs = 60_000) {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const key = parseIdentityKey(pem, "key.pem");
  const clock = { nowMs: NOW, now: () => clock.nowMs };
  const identity = new RequestIdentity(key, clock, expirationMs);
  const verify = async (token: string, currentDate = new Date(clock.nowMs)) => {
    const spki = publicKey.export({ type: "spki", format: "pem" }).toString();
    return jwtVerify(token, await importSPKI(spki, "EdDSA"), { currentDate });
  };
  return { key, clock, identity, verify };
}

describe("a token", () => {
  it("is one that others verify, for a path", async () => {
    const { key, identity, verify } = setUp();
    const token = identity.tokenFor("/invoke/S/h", "");
    expect(decodeProtectedHeader(token)).toEqual({ typ: "JWT", alg: "EdDSA", kid: key.id });
    const { payload } = await verify(token);
    expect(payload).toEqual({
      aud: "/invoke/S/h",
      iat: SECONDS,
      nbf: SECONDS - 60,
      exp: SECONDS + 60,
    });
  });

  it("has the key of a keyed target as it is", async () => {
    const { identity, verify } = setUp();
    const { payload } = await verify(identity.tokenFor("/invoke/S/h", "a/b ü"));
    expect(payload.sub).toBe("a/b ü");
  });

  it("is good for as long as it is said, before and after", async () => {
    const { identity, verify } = setUp(10_000);
    const token = identity.tokenFor("/discover", "");
    await verify(token, new Date((SECONDS + 9) * 1000));
    await verify(token, new Date((SECONDS - 10) * 1000));
    await expect(verify(token, new Date((SECONDS + 11) * 1000))).rejects.toThrow("exp");
    await expect(verify(token, new Date((SECONDS - 11) * 1000))).rejects.toThrow("nbf");
  });

  it("serves again while most of its time is left, for the same path and key only", async () => {
    const { clock, identity, verify } = setUp();
    const token = identity.tokenFor("/invoke/S/h", "k");
    clock.nowMs += 14_999;
    expect(identity.tokenFor("/invoke/S/h", "k")).toBe(token);
    expect(identity.tokenFor("/invoke/S/h", "l")).not.toBe(token);
    expect(identity.tokenFor("/invoke/S/g", "k")).not.toBe(token);
    clock.nowMs += 1;
    const next = identity.tokenFor("/invoke/S/h", "k");
    expect(next).not.toBe(token);
    expect((await verify(next)).payload.iat).toBe(SECONDS + 15);
  });

  it("is not kept for every key there ever was", () => {
    const { identity } = setUp();
    for (let i = 0; i < 5000; i++) identity.tokenFor("/p", String(i));
    expect(identity.tokenCount).toBe(4096);
  });
});

describe("headers of requests", () => {
  it("are those of the server and of the deployment, which wins, and the signature", () => {
    const { identity } = setUp();
    const outgoing = new OutgoingHeaders({ "X-A": "server", "x-b": "server" }, identity);
    expect(outgoing.of("/discover", "", { "x-b": "deployment" })).toEqual({
      "x-a": "server",
      "x-b": "deployment",
      "x-restate-signature-scheme": "v1",
      "x-restate-jwt-v1": identity.tokenFor("/discover", ""),
    });
  });

  it("are not signed without a key", () => {
    const outgoing = new OutgoingHeaders({ "x-restate-cluster-name": "c" });
    expect(outgoing.of("/discover", "", {})).toEqual({ "x-restate-cluster-name": "c" });
  });

  it.each(["host", "Content-Type", "x-restate-id", "no spaces"])("cannot be %s", (name) => {
    expect(() => new OutgoingHeaders({ [name]: "x" })).toThrow(name.toLowerCase());
  });
});
