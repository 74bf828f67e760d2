/** The file system. */
import { access, chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { watch } from "chokidar";
import type { CliFiles, SourceFile, WatchOptions } from "./cli-environment.ts";

export const realFiles: CliFiles = {
  readText: (path) => readFile(path, "utf8"),
  writeText: async (path, text, { isSecret = false } = {}) => {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text, isSecret ? { mode: 0o600 } : {});
    if (isSecret) await chmod(path, 0o600);
  },
  exists: async (path) => {
    try {
      await access(path);
      return true;
    } catch {
      return false;
    }
  },
  listDirectories,
  readTree,
  makeTemporaryDirectory: (prefix) => mkdtemp(join(tmpdir(), prefix)),
  remove: (path) => rm(path, { recursive: true, force: true }),
  watch: startWatching,
};

async function listDirectories(path: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

async function readTree(
  path: string,
  skippedFolders: readonly string[],
): Promise<readonly SourceFile[]> {
  const files: SourceFile[] = [];
  const visit = async (directory: string): Promise<void> => {
    for (const entry of await readdir(directory, { withFileTypes: true })) {
      const own = join(directory, entry.name);
      if (entry.isFile()) {
        files.push({ path: relative(path, own), text: await readFile(own, "utf8") });
      } else if (entry.isDirectory() && !skippedFolders.includes(entry.name)) {
        await visit(own);
      }
    }
  };
  await visit(path);
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function startWatching({ directory, ignores, onChange }: WatchOptions) {
  const watcher = watch(directory, { ignoreInitial: true, ignored: (path) => ignores(path) });
  watcher.on("all", (_event, path) => onChange(path));
  await new Promise<void>((resolve, reject) => {
    watcher.once("ready", resolve);
    watcher.once("error", reject);
  });
  return { close: () => watcher.close() };
}
