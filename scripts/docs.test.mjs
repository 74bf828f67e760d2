import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "./process.mjs";

const pages = (await Promise.all(["docs", "examples"].map(findPages))).flat();
for (const name of await readdir(root)) if (name.endsWith(".md")) pages.push(name);

describe("links", () => {
  it.each(pages)("of %s lead to files, and to headings in them", async (page) => {
    const text = await readFile(join(root, page), "utf8");
    const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
    const inside = targets.filter((target) => !/^[a-z]+:/.test(target));
    const found = await Promise.all(inside.map((target) => leadsSomewhere(page, target)));
    expect(inside.filter((_, index) => !found[index])).toEqual([]);
  });
});

/**
 * Whether a link of `page` leads to a file, and to a heading if it names one.
 *
 * @param {string} page
 * @param {string} target
 */
async function leadsSomewhere(page, target) {
  const [path = "", anchor] = target.split("#");
  const file = path === "" ? join(root, page) : join(root, dirname(page), path);
  if (!existsSync(file)) return false;
  if (anchor === undefined || !file.endsWith(".md")) return true;
  return anchorsOf(await readFile(file, "utf8")).includes(anchor);
}

/** What headings are called in links, as GitHub does it. */
function anchorsOf(/** @type {string} */ text) {
  const prose = text.replace(/^```[\s\S]*?^```$/gm, "");
  return [...prose.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replace(/\s/g, "-"),
  );
}

/** The pages below `folder`, as paths from the root. */
async function findPages(/** @type {string} */ folder) {
  const files = await readdir(join(root, folder), { recursive: true });
  return files
    .filter((file) => file.endsWith(".md") && !file.split(sep).includes("node_modules"))
    .map((file) => join(folder, file));
}
