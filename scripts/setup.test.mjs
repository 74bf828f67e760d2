import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "./process.mjs";
import { assertNodeVersion, satisfies } from "./setup.mjs";

describe("assertNodeVersion", () => {
  it.each(["20.20.0", "20.21.1", "22.0.0", "26.1.0"])("accepts %s", (version) => {
    expect(() => assertNodeVersion(version)).not.toThrow();
  });

  it.each(["20.19.9", "18.20.8", "8.0.0"])("refuses %s and says what to do", (version) => {
    expect(() => assertNodeVersion(version)).toThrow(/needs Node 20\.20 or newer, and this is/);
  });
});

describe("satisfies", () => {
  const wanted = {
    packages: {
      "": { version: "0.1.0" },
      "node_modules/a": { version: "1.0.0" },
      "node_modules/linked": {},
      "node_modules/other-system": { version: "1.0.0", optional: true },
    },
  };
  const installed = {
    packages: { "node_modules/a": { version: "1.0.0" }, "node_modules/linked": {} },
  };

  it("accepts an installation without another system's packages", () => {
    expect(satisfies(installed, wanted)).toBe(true);
  });

  it("refuses another version, and a package that is absent", () => {
    const older = { ...installed.packages, "node_modules/a": { version: "0.9.0" } };
    expect(satisfies({ packages: older }, wanted)).toBe(false);
    expect(satisfies({ packages: { "node_modules/linked": {} } }, wanted)).toBe(false);
  });
});

describe("package-lock.json", () => {
  it("records no download addresses", async () => {
    const lock = await readFile(join(root, "package-lock.json"), "utf8");
    expect(lock).not.toMatch(/"resolved": "[a-z+]+:/);
  });
});
