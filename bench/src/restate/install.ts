/**
 * Installs the reference server and SDK aside: yardsticks, never dependencies of the repository.
 * The server's licence (BSL) allows running it for that.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const SERVER_VERSION = "1.7.12";
export const SDK_VERSION = "1.17.2";

const PACKAGES = [
  `@restatedev/restate-server@${SERVER_VERSION}`,
  `@restatedev/restate-sdk@${SDK_VERSION}`,
];
/** In the folder of the benchmarks, whether this runs from `src` or from `dist`; git ignores it. */
const CACHE = fileURLToPath(new URL("../../.peers", import.meta.url));
const INSTALL_LIMIT_MS = 10 * 60_000;

export interface Installation {
  readonly serverBinary: string;
  /** The SDK's main module, to be imported. */
  readonly sdkModule: string;
}

/** Finds the installation, or makes it with npm: some 220 MB. */
export async function ensureInstalled(): Promise<Installation> {
  const directory = join(CACHE, `restate-${SERVER_VERSION}-sdk-${SDK_VERSION}`);
  if (!existsSync(directory)) await install(directory);
  const require = createRequire(join(directory, "package.json"));
  return {
    serverBinary: require.resolve(`${platformPackage()}/bin/restate-server`),
    sdkModule: require.resolve("@restatedev/restate-sdk"),
  };
}

function platformPackage(): string {
  return `@restatedev/restate-server-${process.platform}-${process.arch}`;
}

/** Under another name first, so that half an installation is never taken for a whole one. */
async function install(directory: string): Promise<void> {
  const unfinished = `${directory}.${process.pid}`;
  await mkdir(unfinished, { recursive: true });
  await writeFile(join(unfinished, "package.json"), '{ "private": true }\n');
  process.stderr.write(`installing ${PACKAGES.join(" and ")} into ${directory}\n`);
  try {
    const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"];
    await promisify(execFile)("npm", ["install", ...flags, ...PACKAGES], {
      cwd: unfinished,
      shell: process.platform === "win32",
      timeout: INSTALL_LIMIT_MS,
    });
    await rename(unfinished, directory);
  } catch (cause) {
    throw new Error("the reference server and SDK could not be installed with npm", { cause });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}
