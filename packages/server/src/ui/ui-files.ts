/** The files of the built web UI in a folder, read when they are asked for and kept. */
import { readdir, readFile, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative, sep } from "node:path";

export interface UiFile {
  readonly plain: Uint8Array;
  /** The same, compressed, if the build has made it. */
  readonly gzip: Uint8Array | undefined;
  readonly brotli: Uint8Array | undefined;
}

export interface UiFiles {
  /** By its path below the folder; `undefined` if there is no such file. */
  read(path: string): Promise<UiFile | undefined>;
}

/** The UI of the package `@rejoin/ui`; `undefined` if that is not installed, or not built. */
export function findUiFiles(): UiFiles | undefined {
  try {
    const page = createRequire(import.meta.url).resolve("@rejoin/ui/index.html");
    return createUiFiles(dirname(page));
  } catch {
    return undefined;
  }
}

/** Serves what is in the folder, and nothing outside it: paths are looked up, not resolved. */
export function createUiFiles(folder: string): UiFiles {
  let build: { readonly at: number; readonly files: Promise<Build> } | undefined;
  return {
    read: async (path) => {
      // A build that replaces this one begins with another page.
      const at = path === PAGE ? await changedAt(folder) : build?.at;
      if (build === undefined || at !== build.at) {
        build = { at: at ?? (await changedAt(folder)), files: openBuild(folder) };
      }
      return (await build.files).read(path);
    },
  };
}

const PAGE = "index.html";

async function changedAt(folder: string): Promise<number> {
  const found = await stat(join(folder, PAGE)).catch(() => undefined);
  return found?.mtimeMs ?? 0;
}

interface Build {
  read(path: string): Promise<UiFile | undefined>;
}

async function openBuild(folder: string): Promise<Build> {
  const names = await listFiles(folder);
  const kept = new Map<string, Promise<UiFile | undefined>>();
  return {
    read: (path) => {
      if (!names.has(path)) return Promise.resolve(undefined);
      const known = kept.get(path);
      if (known !== undefined) return known;
      const file = readUiFile(folder, path, names).catch(() => {
        // Perhaps it can be read the next time.
        kept.delete(path);
        return undefined;
      });
      kept.set(path, file);
      return file;
    },
  };
}

async function listFiles(folder: string): Promise<ReadonlySet<string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"));
  return new Set(names);
}

async function readUiFile(
  folder: string,
  path: string,
  names: ReadonlySet<string>,
): Promise<UiFile> {
  const read = (name: string) => readFile(join(folder, name));
  const form = (ending: string) => (names.has(path + ending) ? read(path + ending) : undefined);
  const [plain, gzip, brotli] = await Promise.all([read(path), form(".gz"), form(".br")]);
  return { plain, gzip, brotli };
}
