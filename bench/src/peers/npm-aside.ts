/** Packages of npm, installed aside: yardsticks, never dependencies of the repository. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** In the folder of the benchmarks, whether this runs from `src` or from `dist`; git ignores it. */
const CACHE = fileURLToPath(new URL("../../.peers", import.meta.url));
const INSTALL_LIMIT_MS = 10 * 60_000;

/** Finds `packages`, each with its version, in a folder called `name`, or puts them there. */
export async function installAside(
  name: string,
  packages: readonly string[],
): Promise<NodeJS.Require> {
  const directory = join(CACHE, name);
  if (!existsSync(directory)) await install(directory, packages);
  return createRequire(join(directory, "package.json"));
}

/** Under another name first, so that half an installation is never taken for a whole one. */
async function install(directory: string, packages: readonly string[]): Promise<void> {
  const unfinished = `${directory}.${process.pid}`;
  await mkdir(unfinished, { recursive: true });
  await writeFile(join(unfinished, "package.json"), '{ "private": true }\n');
  process.stderr.write(`installing ${packages.join(" and ")} into ${directory}\n`);
  try {
    const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"];
    await promisify(execFile)("npm", ["install", ...flags, ...packages], {
      cwd: unfinished,
      shell: process.platform === "win32",
      timeout: INSTALL_LIMIT_MS,
    });
    await rename(unfinished, directory);
  } catch (cause) {
    throw new Error(`${packages.join(" and ")} could not be installed with npm`, { cause });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}
