/** All that is published, packed and installed into an empty project, as a user does it. */
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Installation } from "../readme-terminal.ts";
import { ROOT } from "./packed-packages.ts";
import { runTool } from "./run-tool.ts";

/** Every package that is published. */
export const PUBLISHED = [
  "protocol",
  "engine",
  "storage",
  "sdk",
  "client",
  "ui",
  "server",
  "cli",
  "testing",
] as const;

const INSTALL_LIMIT_MS = 10 * 60_000;

/** Packs every package into `folder`; gives the paths of the tarballs. */
export async function packAll(folder: string): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const workspaces = PUBLISHED.flatMap((name) => ["-w", `packages/${name}`]);
  const options = ["--silent", "--pack-destination", folder, ...workspaces];
  await runTool("npm", ["pack", ...options], { cwd: ROOT, limitMs: INSTALL_LIMIT_MS });
  const files = await readdir(folder);
  return files.filter((file) => file.endsWith(".tgz")).map((file) => join(folder, file));
}

/** Installs tarballs, and what they depend on, into a new project in `folder`. */
export async function installInto(folder: string, tarballs: readonly string[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), '{ "private": true, "type": "module" }');
  const options = ["--no-audit", "--no-fund", "--ignore-scripts"];
  await runTool("npm", ["install", ...options, ...tarballs], {
    cwd: folder,
    limitMs: INSTALL_LIMIT_MS,
  });
}

/** What is installed there, to be run by `node`. */
export function installationOf(folder: string, node: string): Installation {
  const modules = join(folder, "node_modules");
  return {
    node,
    modules,
    programs: {
      rejoin: join(modules, "@rejoin/cli/bin/rejoin.mjs"),
      tsx: join(modules, "tsx/dist/cli.mjs"),
    },
  };
}
