import { cp, open, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { commitOf, patternBytes } from "../../testing/bytes.ts";
import { openLevelStore } from "../open-level-store.ts";

export const rowsPerCommit = 20;
export const commitCount = 24;

/** Key `at` of commit `number`. */
export function rowKey(number: number, at: number): Uint8Array {
  return new Uint8Array(Buffer.from(`row ${number} ${at}`));
}

/** The value of every row of commit `number`. */
export function rowValue(number: number): Uint8Array {
  return patternBytes(number, 250);
}

/** Makes a store whose rows lie in two tables and, the last third, in the log; closed properly. */
export async function createSampleStore(directory: string): Promise<void> {
  const third = commitCount / 3;
  for (let number = 1; number <= commitCount; number += third) {
    const store = await openLevelStore({ directory });
    const partition = await store.open(0);
    for (let next = number; next < number + third; next++) {
      const writes = Array.from({ length: rowsPerCommit }, (_, at) => {
        return { key: rowKey(next, at), value: rowValue(next) };
      });
      await partition.commit(commitOf(next, { writes }));
    }
    await store.close();
  }
}

/** Replaces `directory` by a copy of `sample`. */
export async function copyStore(sample: string, directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await cp(sample, directory, { recursive: true });
}

export type FileKind = "log" | "table" | "manifest";

const patterns = { log: /^\d+\.log$/, table: /^\d+\.ldb$/, manifest: /^MANIFEST-/ };

/** The largest file of a kind: its name and size. */
export async function findFile(
  directory: string,
  kind: FileKind,
): Promise<{ readonly name: string; readonly path: string; readonly size: number }> {
  const names = (await readdir(directory)).filter((name) => patterns[kind].test(name));
  const files = await Promise.all(
    names.map(async (name) => {
      const path = join(directory, name);
      return { name, path, size: (await stat(path)).size };
    }),
  );
  const [largest] = files.sort((file, other) => other.size - file.size);
  if (largest === undefined) throw new Error(`no ${kind} in ${directory}`);
  return largest;
}

/** Flips one bit of the byte at `offset`. */
export async function flipByte(path: string, offset: number): Promise<void> {
  const bytes = await readFile(path);
  bytes[offset] = (bytes[offset] ?? 0) ^ (1 << (offset % 8));
  await writeFile(path, bytes);
}

/** Zeroes 4 KiB, or as much of it as the file has. */
export async function zeroPage(path: string, offset: number): Promise<void> {
  const { size } = await stat(path);
  const file = await open(path, "r+");
  await file.write(new Uint8Array(Math.min(4_096, size - offset)), 0, undefined, offset);
  await file.close();
}

/** The contents of LevelDB's files, without its notes to the reader and its lock. */
export async function readDataFiles(directory: string): Promise<Record<string, string>> {
  const names = (await readdir(directory)).filter((name) => !/^LO(G|CK)/.test(name));
  const entries = names.sort().map(async (name) => {
    return [name, (await readFile(join(directory, name))).toString("base64")] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}
