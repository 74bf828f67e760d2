import { expect, it } from "vitest";
import { beforeDecoding, decodePart } from "./location.ts";

const KEYS = ["a/b", "a%2Fb", "100%", "%", "%zz", "a b", "a%20b", "?q#h", "ü", "", "a&b=c", "+"];

it("tells keys apart that are nearly alike, in a path and in a query", () => {
  for (const key of KEYS) {
    const written = encodeURIComponent(key);
    expect(decodeURI(beforeDecoding(written))).toBe(written);
    expect(decodePart(written)).toBe(key);
    const search = decodeURI(beforeDecoding(new URLSearchParams({ key }).toString()));
    expect(new URLSearchParams(search).get("key")).toBe(key);
  }
});

it("leaves what is malformed as it is", () => {
  for (const part of ["%", "%E0%A4%A", "100%"]) expect(decodePart(part)).toBe(part);
});
