/** Every program of the pages in `docs` is compiled, run, and called as its page says. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { assemblePieces, PIECES } from "./support/docs/concurrency.ts";
import { MIGRATION, migratePage, parseMigration } from "./support/docs/migration.ts";
import { CHECKED_ELSEWHERE, readPackagePages, readPage, readPages } from "./support/docs/page.ts";
import { compilePrograms } from "./support/docs/programs.ts";
import { runPage } from "./support/docs/run-page.ts";
import { whyNoShell } from "./support/docs/shell.ts";
import { ROOT } from "./support/readme-blocks.ts";

const TIMEOUT_MS = 60_000;

const pages = [...(await readPages()), await readPackagePages()];
const migrate = parseMigration(await readFile(join(ROOT, MIGRATION), "utf8"));
/** Programs before their migration are compiled, and run after it. */
const runnable = pages.map((page) => (page.path === MIGRATION ? migratePage(page, migrate) : page));
runnable.push(assemblePieces(await readPage(PIECES)));
const noShell = await whyNoShell();
if (noShell !== undefined) console.warn(`\n*** NOT TESTED: ${noShell} ***\n`);

describe("the programs of pages", () => {
  it("compile", { timeout: TIMEOUT_MS }, async () => {
    const readme = await readPage("README.md"); // readme.test.ts runs it
    expect(await compilePrograms(new Set([readme, ...pages, ...runnable]))).toBe("");
  });

  it.for(runnable)("of $path do what it says", { timeout: TIMEOUT_MS }, async (page, context) => {
    if (noShell !== undefined) context.skip(noShell);
    expect(JSON.stringify(page.blocks)).not.toContain("@restatedev/");
    await runPage(page);
  });
});

it.each([...CHECKED_ELSEWHERE])("the pieces of %s are run by %s", (page, suite) => {
  expect(existsSync(join(ROOT, page))).toBe(true);
  expect(existsSync(join(ROOT, suite))).toBe(true);
});
