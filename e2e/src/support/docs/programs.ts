/** The programs of pages: as files to be compiled, and as modules to be run. */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { EndpointOptions } from "@rejoin/sdk";
import { runNode } from "../packaging/run-tool.ts";
import { ROOT } from "../readme-blocks.ts";
import type { Page } from "./page.ts";

/** In the tree, so that programs find the packages. */
const FOLDER = join(ROOT, "dist/docs");
const SERVE = /^(?:restate\.)?serve\((\{[\s\S]*?\})\);$/m;

/** What a program of a page exports, or hands to `serve`. */
export interface LoadedProgram {
  readonly served?: EndpointOptions;
  /** Of AWS Lambda. */
  readonly handler?: unknown;
  /** Of a runtime with `fetch`. */
  readonly default?: unknown;
}

/** Compiles all programs as their readers would; gives what the compiler complains about. */
export async function compilePrograms(pages: Iterable<Page>): Promise<string> {
  const folder = join(FOLDER, "compiled");
  await rm(folder, { recursive: true, force: true });
  const files = [...pages].flatMap((page) =>
    programsOf(page).map(({ file, text }) => ({ path: join(nameOf(page), file), text })),
  );
  for (const { path, text } of files) await write(join(folder, path), text);
  const config = {
    extends: "../../../tsconfig.base.json",
    compilerOptions: {
      composite: false,
      noEmit: true,
      declaration: false,
      declarationMap: false,
      customConditions: [],
      lib: ["es2023", "dom", "dom.iterable"],
      types: ["node"],
    },
    files: files.map(({ path }) => path),
  };
  await write(join(folder, "tsconfig.json"), JSON.stringify(config));
  const compiler = join(ROOT, "node_modules/typescript/bin/tsc");
  return await runNode([compiler, "-p", folder], { cwd: ROOT }).catch(String);
}

/** Changes a program for its run: to write other addresses into it, say. */
export type Change = (text: string) => string;

/** Runs one program of a page in this process. Its `serve` hands over what it was given. */
export async function loadProgram(
  page: Page,
  file: string,
  change: Change = (text) => text,
): Promise<LoadedProgram> {
  const folder = join(FOLDER, "run", nameOf(page));
  for (const program of programsOf(page)) {
    const text = change(program.text).replace(SERVE, "export const served = $1;");
    await write(join(folder, program.file), text);
  }
  const url = pathToFileURL(join(folder, file)).href;
  return (await import(/* @vite-ignore */ url)) as LoadedProgram;
}

function programsOf({ blocks }: Page) {
  return blocks.filter(({ language }) => language === "ts");
}

function nameOf({ path }: Page): string {
  return basename(path, ".md");
}

/** A module that is loaded must not be written again: it might be taken for another. */
async function write(path: string, text: string): Promise<void> {
  if ((await readFile(path, "utf8").catch(() => undefined)) === text) return;
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, text);
}
