import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { ERROR_CODES } from "@rejoin/protocol";
import { describe, expect, it } from "vitest";
import { root } from "./process.mjs";

const folder = join(root, "docs/errors");
const codes = Object.entries(ERROR_CODES);
const neverReported = "Rejoin never reports this code";
const sections = ["What it means", "When", "What you see", "What to do", "See also"];

/** What the sources say: a code there is one that the server, or the command line, reports. */
const sources = await readSources();

const read = (/** @type {string} */ name) => readFile(join(folder, `${name}.md`), "utf8");

it("every code has a page, and every page a code", async () => {
  const pages = (await readdir(folder)).sort();
  const wanted = [...codes.map(([code]) => `${code}.md`), "README.md"].sort();
  expect(pages).toEqual(wanted);
});

describe.each(codes)("the page of %s", (code, meaning) => {
  it("has the meaning that the table has", async () => {
    const [title] = (await read(code)).split("\n");
    expect(title).toBe(`# ${code}: ${meaning}`);
  });

  it("has its sections, none of them empty", async () => {
    const page = await read(code);
    const never = page.includes(neverReported);
    const [, ...parts] = page.split(/^## /m);
    const wanted = never ? sections.filter((name) => name !== "What you see") : sections;
    expect(parts.map((part) => part.split("\n", 1)[0])).toEqual(wanted);
    for (const part of parts) expect(part.split("\n").slice(1).join("").trim()).not.toBe("");
  });

  it("says whether the code is ever reported", async () => {
    const page = await read(code);
    const places = sources.filter(({ text }) => text.includes(`"${code}"`)).map(({ path }) => path);
    if (page.includes(neverReported)) expect(places).toEqual([]);
    else expect(places).not.toEqual([]);
  });

  it("is in the index, with its meaning, once", async () => {
    const rows = (await read("README")).split("\n").filter((line) => line.includes(`[${code}]`));
    expect(rows).toEqual([`| [${code}](${code}.md) | ${meaning} |`]);
  });
});

/** Of the packages, without tests and without the table itself. */
async function readSources() {
  const packages = await readdir(join(root, "packages"));
  const found = await Promise.all(
    packages.map(async (name) => {
      const at = join(root, "packages", name, "src");
      const files = await readdir(at, { recursive: true });
      return files
        .filter(
          (file) => file.endsWith(".ts") && !/\.test\.ts$|\.suite\.ts$|\btesting\b/.test(file),
        )
        .filter((file) => file !== "error-codes.ts")
        .map((file) => join(at, file));
    }),
  );
  const paths = found.flat();
  return await Promise.all(
    paths.map(async (path) => ({ path, text: await readFile(path, "utf8") })),
  );
}
