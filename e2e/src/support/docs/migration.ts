/** The change of imports that `docs/migration.md` recommends, as its command makes it. */
import type { Page } from "./page.ts";
import type { Change } from "./programs.ts";

export const MIGRATION = "docs/migration.md";

/** Reads the substitutions of the page's command, which are made one after the other. */
export function parseMigration(pageText: string): Change {
  const command = pageText.split("\n").find((line) => line.trim().startsWith("sed -i "));
  const parts = [...(command ?? "").matchAll(/'s#([^#]+)#([^#]*)#'/g)];
  if (parts.length === 0) throw new Error(`${MIGRATION} shows no substitutions`);
  return (text) =>
    parts.reduce((changed, [, from = "", to = ""]) => changed.replaceAll(from, to), text);
}

/** The page with its programs as they are afterwards. */
export function migratePage(page: Page, change: Change): Page {
  const blocks = page.blocks.map((block) =>
    block.language === "ts" ? { ...block, text: change(block.text) } : block,
  );
  return { path: page.path.replace(/\.md$/, "-after.md"), blocks };
}
