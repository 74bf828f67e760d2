/** Programs that come as packages of Debian. */
import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

const POSTGRES_FOLDER = "/usr/lib/postgresql";
const INSTALL_LIMIT_MS = 10 * 60_000;

/** What a target needs is not on this machine, and cannot be put there: its message says why. */
export class MissingProgramError extends Error {}

/**
 * The folder that holds all of `programs`. If none does, it installs `debianPackage` where that can
 * be done. Throws a {@link MissingProgramError}.
 */
export async function findPrograms(
  programs: readonly string[],
  debianPackage: string,
  mayInstall = isRootOfDebian(),
): Promise<string> {
  const found = folderOf(programs);
  if (found !== undefined) return found;
  const remedy = `install it so that ${programs.join(" and ")} can be found on the PATH`;
  if (!mayInstall) {
    throw new MissingProgramError(`${debianPackage} is not installed: ${remedy}`);
  }
  process.stderr.write(`installing Debian's package ${debianPackage}\n`);
  try {
    await apt("update");
    await apt("install", "-y", "--no-install-recommends", debianPackage);
  } catch (cause) {
    throw new MissingProgramError(`apt-get could not install ${debianPackage}: ${remedy}`, {
      cause,
    });
  }
  const installed = folderOf(programs);
  if (installed !== undefined) return installed;
  throw new MissingProgramError(`${debianPackage} does not hold ${programs.join(" and ")}`);
}

function isRootOfDebian(): boolean {
  return existsSync("/etc/debian_version") && process.getuid?.() === 0;
}

function folderOf(programs: readonly string[]): string | undefined {
  const versions = existsSync(POSTGRES_FOLDER) ? readdirSync(POSTGRES_FOLDER) : [];
  const newestFirst = versions.sort((a, b) => Number(b) - Number(a));
  const folders = [
    ...newestFirst.map((version) => join(POSTGRES_FOLDER, version, "bin")),
    ...(process.env.PATH ?? "").split(delimiter),
  ];
  const isComplete = (folder: string) => programs.every((name) => existsSync(join(folder, name)));
  return folders.find((folder) => folder !== "" && isComplete(folder));
}

async function apt(...args: readonly string[]): Promise<void> {
  // At run level 1 Debian starts no service that it installs: the benchmark starts its own.
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
  await promisify(execFile)("apt-get", args, { env, timeout: INSTALL_LIMIT_MS });
}
