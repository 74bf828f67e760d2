import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import * as usage from "./testing/usage.ts";

/**
 * Both files are compiled together with the tests: what users write against the reference has the
 * same types here. The reference itself is not run, it needs a newer Node.
 */
test("programs that were written for the reference are the same but for their imports", async () => {
  const [own, reference] = await Promise.all(
    ["usage.ts", "usage-reference.ts"].map(async (name) => {
      const text = await readFile(new URL(`./testing/${name}`, import.meta.url), "utf8");
      return text.split("\n").filter((line) => !line.startsWith("import "));
    }),
  );
  expect(own).toEqual(reference);
  expect(own?.length).toBeGreaterThan(300);
});

test("every definition, option and endpoint of such a program is made without complaint", () => {
  expect(usage.useSdk()).toBe(26);
});
