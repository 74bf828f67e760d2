import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { encodeBase58 } from "./base58.ts";
import { IdentityKeyError, parseIdentityKey } from "./identity-key.ts";

/** The private key of the first test vector of RFC 8032. */
const PEM = `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
-----END PRIVATE KEY-----
`;
const PUBLIC_HEX = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

describe("base58", () => {
  it.each([
    ["", ""],
    ["00", "1"],
    ["0000287fb4cd", "11233QC4"],
    ["61", "2g"],
    ["626262", "a3gV"],
    ["73696d706c792061206c6f6e6720737472696e67", "2cFupjhnEsSn59qHXstmK2ffpLv2"],
    ["00eb15231dfceb60925886b67d065299925915aeb172c06647", "1NS17iag9jJgTHD1VXjvLCEnZuQ3rJDE9L"],
  ])("of %s is %s", (hex, text) => {
    expect(encodeBase58(Buffer.from(hex, "hex"))).toBe(text);
  });
});

describe("a key file", () => {
  it("holds a key that is known by its public half", () => {
    const key = parseIdentityKey(`# a comment\n${PEM}`, "key.pem");
    expect(key.id).toBe(`publickeyv1_${encodeBase58(Buffer.from(PUBLIC_HEX, "hex"))}`);
    expect(key.id).toMatch(/^publickeyv1_[1-9A-HJ-NP-Za-km-z]{43,44}$/);
    const jwk = createPublicKey(key.privateKey).export({ format: "jwk" });
    expect(Buffer.from(jwk.x ?? "", "base64url").toString("hex")).toBe(PUBLIC_HEX);
  });

  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 1024 });
  const rsa = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const legacy = privateKey.export({ type: "pkcs1", format: "pem" }).toString();
  const half = publicKey.export({ type: "spki", format: "pem" }).toString();

  it.each([
    ["nothing", "", "no PEM block"],
    ["a public key", half, "a PEM block of PUBLIC KEY"],
    ["a key in an older form", legacy, "a PEM block of RSA PRIVATE KEY"],
    ["a key of another type", rsa, "a key of type rsa instead of Ed25519"],
    ["two keys", PEM + PEM, "more than one PRIVATE KEY"],
    ["half of a key", PEM.replace(/MC4C\w+/, "MC4C"), "a PRIVATE KEY that cannot be read"],
  ])("with %s is refused by name, with a remedy", (_, pem, text) => {
    const parse = () => parseIdentityKey(pem, "some/key.pem");
    expect(parse).toThrow(IdentityKeyError);
    expect(parse).toThrow("the identity key file some/key.pem holds");
    expect(parse).toThrow(text);
    expect(parse).toThrow("openssl genpkey -algorithm ed25519");
  });
});
