/**
 * Small text files beside LevelDB's own. The last line is the CRC-32 of what comes before it:
 * `crc32 <8 hex digits>`. They are replaced whole, by a rename.
 */
import { type FileHandle, open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";

/** The text of a file without its checksum line. */
export type CheckedText =
  | { readonly kind: "absent" }
  | { readonly kind: "damaged"; readonly text: string }
  | { readonly kind: "valid"; readonly text: string };

/** Reads a checked file. */
export async function readCheckedFile(directory: string, name: string): Promise<CheckedText> {
  let content: string;
  try {
    content = await readFile(join(directory, name), "utf8");
  } catch (error) {
    if (isNotFound(error)) return { kind: "absent" };
    throw error;
  }
  const end = content.lastIndexOf("crc32 ");
  const text = content.slice(0, Math.max(0, end));
  const valid = end >= 0 && content.slice(end) === checksumLine(text);
  return valid ? { kind: "valid", text } : { kind: "damaged", text: content };
}

/** Replaces a checked file; `sync` makes it survive a power failure at once. */
export async function writeCheckedFile(
  directory: string,
  name: string,
  options: { readonly text: string; readonly sync: boolean },
): Promise<void> {
  const temporary = join(directory, `${name}.tmp`);
  await writeAndClose(await open(temporary, "w"), options.text, options.sync);
  await rename(temporary, join(directory, name));
  if (options.sync) await syncDirectory(directory);
}

/** Makes a checked file durably; `false`, and nothing is changed, if there is one of that name. */
export async function createCheckedFile(
  directory: string,
  name: string,
  text: string,
): Promise<boolean> {
  try {
    const file = await open(join(directory, name), "wx");
    await writeAndClose(file, text, true);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
  await syncDirectory(directory);
  return true;
}

/** Whether a file system call failed because there is no such file or directory. */
export function isNotFound(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

async function writeAndClose(file: FileHandle, text: string, sync: boolean): Promise<void> {
  try {
    await file.writeFile(text + checksumLine(text));
    if (sync) await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes the names in a directory durable, where the platform can open directories. */
async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function checksumLine(text: string): string {
  return `crc32 ${crc32(text).toString(16).padStart(8, "0")}\n`;
}
