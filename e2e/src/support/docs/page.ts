/** The pages of `docs`, as a list of their code blocks in the order of reading. */
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { ROOT } from "../readme-blocks.ts";

export interface Block {
  /** `ts`, `shell`, `json`, `text`, … */
  readonly language: string;
  /** Of a program: the name of its file. */
  readonly file: string;
  readonly text: string;
}

export interface Page {
  /** Its path from the root, such as `docs/concepts/state.md`. */
  readonly path: string;
  readonly blocks: readonly Block[];
}

/** Pages with pieces of programs, and what runs them. */
export const CHECKED_ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ["docs/testing.md", "packages/testing/src/snippets.test.ts"],
  ["docs/concepts/concurrency.md", "e2e/src/support/docs/concurrency.ts"],
]);

/** The pages that have programs, all of which are whole. */
export async function readPages(): Promise<Page[]> {
  const files = await readdir(join(ROOT, "docs"), { recursive: true });
  const paths = files.filter((file) => file.endsWith(".md")).map((file) => join("docs", file));
  const whole = paths.filter((path) => !CHECKED_ELSEWHERE.has(path)).sort();
  const pages = await Promise.all(whole.map(readPage));
  return pages.filter(({ blocks }) => blocks.some(({ language }) => language === "ts"));
}

/** The pages that packages show on npm, as one: what they have in code belongs together. */
export async function readPackagePages(): Promise<Page> {
  const names = ["sdk", "client", "server", "testing"];
  const pages = await Promise.all(names.map((name) => readPage(`packages/${name}/README.md`)));
  return { path: "packages.md", blocks: pages.flatMap(({ blocks }) => blocks) };
}

export async function readPage(path: string): Promise<Page> {
  const text = await readFile(join(ROOT, path), "utf8");
  const fences = text.matchAll(/^```(\S+)(?: (\S+))?\n([\s\S]*?)^```$/gm);
  const blocks = [...fences].map(([, language = "", file, code = ""]) => ({
    language,
    file: file ?? `${basename(path, ".md")}.ts`,
    text: code,
  }));
  return { path, blocks };
}
