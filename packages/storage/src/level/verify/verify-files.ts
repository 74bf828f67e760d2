/**
 * Verifies the files of a LevelDB directory before LevelDB opens it. LevelDB itself would open a
 * damaged log without what follows the damage, and then delete it.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { corruptionError } from "./corruption-error.ts";
import { readLiveFiles } from "./manifest.ts";
import { findTableDamage } from "./table-file.ts";
import { verifyLogs } from "./verify-logs.ts";

/** A table that the manifest names. */
export interface LiveTable {
  readonly name: string;
  readonly size: number;
}

/** How much to verify, and what is known beforehand. */
export interface VerifyOptions {
  /** How much of the tables to verify. */
  readonly tableBytesMax: number;
  /** A write known durable, 0 if none is. */
  readonly durableNumber: number;
}

/**
 * Verifies manifest and logs whole, and of the tables the newest, up to `tableBytesMax`. Gives the
 * tables that are left to verify. Throws `DATA_CORRUPTION` naming file and offset.
 */
export async function verifyFiles(
  directory: string,
  { tableBytesMax, durableNumber }: VerifyOptions,
): Promise<LiveTable[]> {
  const { logNumber, tables } = await readLiveFiles(directory);
  const names = new Set(await readdir(directory));
  const logName = fileName(logNumber, "log");
  if (logNumber > 0 && !names.has(logName)) {
    throw corruptionError(directory, `file ${logName} is missing`);
  }
  await verifyLogs(directory, listLogs(names, logNumber), durableNumber);
  const live = [...tables]
    .sort(([number], [other]) => other - number)
    .map(([number, size]) => ({ name: tableName(directory, names, number), size }));
  let verified = 0;
  for (let bytes = 0; verified < live.length; verified++) {
    const table = live[verified] as LiveTable;
    bytes += table.size;
    if (bytes > tableBytesMax) break;
    await verifyTable(directory, table);
  }
  return live.slice(verified);
}

/** Throws `DATA_CORRUPTION` if a table is missing or not as it was written. */
export async function verifyTable(directory: string, { name, size }: LiveTable): Promise<void> {
  const bytes = await readFile(join(directory, name));
  if (bytes.length !== size) {
    const what = `file ${name} has ${bytes.length} bytes instead of ${size}`;
    throw corruptionError(directory, what);
  }
  const offset = findTableDamage(bytes);
  if (offset !== undefined) {
    throw corruptionError(directory, `file ${name} is damaged at offset ${offset}`);
  }
}

/** The logs among `names`, from `firstNumber` on and in the order in which they were written. */
export function listLogs(names: Iterable<string>, firstNumber: number): string[] {
  return [...names]
    .filter((name) => /^\d+\.log$/.test(name) && Number.parseInt(name, 10) >= firstNumber)
    .sort((name, other) => Number.parseInt(name, 10) - Number.parseInt(other, 10));
}

function tableName(directory: string, names: ReadonlySet<string>, number: number): string {
  const name = fileName(number, "ldb");
  if (names.has(name)) return name;
  const oldName = fileName(number, "sst");
  if (names.has(oldName)) return oldName;
  throw corruptionError(directory, `file ${name} is missing`);
}

function fileName(number: number, extension: string): string {
  return `${String(number).padStart(6, "0")}.${extension}`;
}
