/** The app that is developed: a file that serves services. */
import { basename, dirname, extname, resolve, sep } from "node:path";
import { CliError, usageError } from "../cli-error.ts";
import type { CliEnvironment } from "../environment/cli-environment.ts";

export interface App {
  /** Absolute. */
  readonly path: string;
  /** As it was given. */
  readonly shownPath: string;
  readonly directory: string;
  /**
   * In `PORT`: the same for as long as `rejoin up` runs, so that its deployment stays the same. An
   * app may have a port of its own instead.
   */
  readonly port: number;
  /** What `node` is given. */
  readonly args: readonly string[];
}

const TYPESCRIPT = [".ts", ".mts", ".cts", ".tsx"];
const SOURCES = [...TYPESCRIPT, ".js", ".mjs", ".cjs", ".jsx"];
const IGNORED_FOLDERS = ["node_modules", "dist", "rejoin-data"];

/** Throws a `CliError` unless the file can be run. */
export async function createApp(environment: CliEnvironment, file: string): Promise<App> {
  const path = resolve(environment.cwd, file);
  if (!(await environment.files.exists(path))) {
    throw usageError(
      `there is no file ${file}`,
      "rejoin up takes the file that serves your services",
    );
  }
  const directory = dirname(path);
  const args = [...loaderArgs(environment, path), "--enable-source-maps", path];
  return { path, shownPath: file, directory, port: await environment.findFreePort(), args };
}

/** The options of Node that load what the file is written in; throws a `CliError` without a loader. */
export function loaderArgs(environment: CliEnvironment, path: string): readonly string[] {
  if (!TYPESCRIPT.includes(extname(path))) return [];
  const loader = environment.resolveModule("tsx", dirname(path));
  if (loader !== undefined) return ["--import", loader];
  throw new CliError(`${basename(path)} is TypeScript, and tsx is not installed`, {
    hint: "install it next to your app: npm install --save-dev tsx",
  });
}

/** Whether a path below the app's directory need not be looked at. */
export function isIgnored(directory: string, path: string): boolean {
  const parts = path.slice(directory.length).split(sep).filter(Boolean);
  return parts.some(
    (part) => (part.startsWith(".") && part !== ".env") || IGNORED_FOLDERS.includes(part),
  );
}

/** Whether a change of a file may change what the app does; logs and data that it writes do not. */
export function isSource(path: string): boolean {
  return SOURCES.includes(extname(path)) || basename(path) === ".env";
}
