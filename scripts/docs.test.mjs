import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { root, tool } from "./process.mjs";

const pages = (await Promise.all(["docs", "examples"].map(findPages))).flat();
for (const name of await readdir(root)) if (name.endsWith(".md")) pages.push(name);

describe("links", () => {
  it.each(pages)("of %s lead to files", async (page) => {
    const text = await readFile(join(root, page), "utf8");
    const targets = [...text.matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, target = ""]) => target);
    const inside = targets.filter((target) => !/^[a-z]+:/.test(target));
    const missing = inside.filter((target) => !existsSync(join(root, dirname(page), target)));
    expect(missing).toEqual([]);
  });
});

describe("the program of README.md", () => {
  it("compiles", async () => {
    const readme = await readFile(join(root, "README.md"), "utf8");
    const [, program = ""] = readme.match(/```ts\n(.*?)```/s) ?? [];
    expect(program).toContain("start({");
    const folder = join(root, "dist/readme");
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "hello.ts"), program);
    const config = {
      extends: "../../tsconfig.base.json",
      compilerOptions: { composite: false, noEmit: true, types: ["node"] },
      files: ["hello.ts"],
    };
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
    const compiler = [tool("typescript/bin/tsc"), "-p", folder];
    const { stdout } = await promisify(execFile)(process.execPath, compiler).catch(
      (error) => error,
    );
    expect(stdout).toBe("");
  });
});

/** The pages below `folder`, as paths from the root. */
async function findPages(/** @type {string} */ folder) {
  const files = await readdir(join(root, folder), { recursive: true });
  return files
    .filter((file) => file.endsWith(".md") && !file.split(sep).includes("node_modules"))
    .map((file) => join(folder, file));
}
