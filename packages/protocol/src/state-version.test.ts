import { expect, it } from "vitest";
import { stateVersion } from "./state-version.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);

it("is the fingerprint that the ecosystem's tools compute", () => {
  const version = "tDqA04Lj3_qJ-PgNPTecXDGZgpwy6jm2Ni2BYqJIthM";
  const candidates = ["bob", '"bob"'].map((value) =>
    stateVersion([{ key: utf8("name"), value: utf8(value) }]),
  );
  expect(candidates).toContain(version);
});

it("tells states apart that differ in a name, a value or their number", () => {
  const states = [
    [],
    [{ key: utf8("a"), value: utf8("1") }],
    [{ key: utf8("a"), value: utf8("2") }],
    [{ key: utf8("b"), value: utf8("1") }],
    [
      { key: utf8("a"), value: utf8("1") },
      { key: utf8("b"), value: utf8("1") },
    ],
  ];
  expect(new Set(states.map(stateVersion)).size).toBe(states.length);
});
