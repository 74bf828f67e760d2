/** What axe finds wrong with a page, where it matters. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

interface Violation {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** Serious and critical violations, one line each. */
export async function findViolations(page: Page): Promise<readonly string[]> {
  const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
  // By the debugger: the page's own policy lets no foreign script in.
  const isThere = await page.evaluate("typeof axe");
  if (isThere === "undefined") await page.evaluate(await readFile(axe, "utf8"));
  const found = (await page.evaluate("axe.run(document)")) as { violations: Violation[] };
  return found.violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary = "" }) => {
        const why = failureSummary.replaceAll(/\s+/g, " ").slice(0, 200);
        return `${id}: ${html.slice(0, 160)} ${why}`;
      }),
    );
}
