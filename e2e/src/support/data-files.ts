/** The files of a data directory, and ways to damage them. */
import { open, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";

export interface DataFile {
  readonly name: string;
  readonly path: string;
  readonly size: number;
}

const patterns = { log: /^\d+\.log$/, table: /^\d+\.ldb$/ };

/** The largest log or table. */
export async function findDataFile(
  directory: string,
  kind: keyof typeof patterns,
): Promise<DataFile> {
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

/** Inverts one bit of the byte at `offset`. */
export async function flipByte({ path }: DataFile, offset: number): Promise<void> {
  const bytes = await readFile(path);
  bytes[offset] = (bytes[offset] ?? 0) ^ 0x10;
  await writeFile(path, bytes);
}

/** Zeroes 4 KiB. */
export async function zeroPage({ path }: DataFile, offset: number): Promise<void> {
  const file = await open(path, "r+");
  await file.write(new Uint8Array(4096), 0, 4096, offset);
  await file.close();
}

/** Marks the directory as one that a later version has written. */
export async function raiseFormat(directory: string): Promise<void> {
  const path = join(directory, "rejoin-format");
  const text = (await readFile(path, "utf8")).replace(/crc32 .*\n$/, "");
  const newer = text.replace(/^format \d+$/m, "format 99");
  const checksum = crc32(newer).toString(16).padStart(8, "0");
  await writeFile(path, `${newer}crc32 ${checksum}\n`);
}
