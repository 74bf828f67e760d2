import { StoreError } from "@rejoin/engine";
import { ClassicLevel } from "classic-level";
import { closedError } from "../failures.ts";

/** LevelDB with bytes for keys and values. */
export type Database = ClassicLevel<Uint8Array, Uint8Array>;

/**
 * - No compression: blocks are verified before LevelDB opens without a snappy decoder, and they
 *   are read from mapped memory instead of being copied into the block cache, which is therefore
 *   small (only file systems that cannot map files use it).
 * - A write buffer of 8 MiB: two of them may be full, and an idle process should stay below 100 MB.
 *   It also bounds the log that is replayed on opening. Sizes from 4 to 32 MiB were measured to
 *   differ by a tenth in CPU per row.
 * - Table files of 8 MiB: a quarter of the files of the default.
 */
const databaseOptions = {
  compression: false,
  cacheSize: 2 << 20,
  writeBufferSize: 8 << 20,
  maxFileSize: 8 << 20,
  keyEncoding: "view",
  valueEncoding: "view",
} as const;

/** Opens LevelDB; rejects with a `StoreError` naming the directory. */
export async function openDatabase(directory: string): Promise<Database> {
  const database = new ClassicLevel<Uint8Array, Uint8Array>(directory, databaseOptions);
  try {
    await database.open();
    return database;
  } catch (error) {
    throw toOpenError(directory, error);
  }
}

/**
 * Whether some process has the database open. LevelDB takes its lock first, so opening with
 * contradictory options finds out without touching any data.
 */
export async function isDatabaseLocked(directory: string): Promise<boolean> {
  const probe = new ClassicLevel(directory, { createIfMissing: false, errorIfExists: true });
  try {
    await probe.open();
    await probe.close();
    return false;
  } catch (error) {
    return errorCode(rootCause(error)) === "LEVEL_LOCKED";
  }
}

/** Rewrites the manifest from whatever tables and logs can be read, losing the rest. */
export async function repairDatabase(directory: string): Promise<void> {
  await ClassicLevel.repair(directory);
}

/** What a read or a write of an open database rejected with, as a `StoreError`. */
export function toStoreError(directory: string, what: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const cause = rootCause(error);
  const code = errorCode(cause);
  if (code === "LEVEL_DATABASE_NOT_OPEN" || code === "LEVEL_ITERATOR_NOT_OPEN") {
    return closedError(`the store in ${directory}`);
  }
  const detail = cause instanceof Error ? cause.message : String(cause);
  const known = code === "LEVEL_CORRUPTION" ? "DATA_CORRUPTION" : "UNAVAILABLE";
  const remedy = known === "DATA_CORRUPTION" ? ": restore the directory from a backup" : "";
  return new StoreError(known, `${what} in ${directory} failed (${detail})${remedy}`, { cause });
}

/** What the start-up error of a second process says. */
export function inUseError(directory: string, cause?: unknown): StoreError {
  return new StoreError(
    "IN_USE",
    `the store in ${directory} is in use: close the other process, or use another directory`,
    { cause },
  );
}

/** What a directory that cannot be written is refused with. */
export function notWritableError(directory: string, cause: unknown): StoreError {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new StoreError(
    "NOT_WRITABLE",
    `the directory ${directory} cannot be written (${detail}): check its permissions and its ` +
      "free space, or use another directory",
    { cause },
  );
}

function toOpenError(directory: string, error: unknown): StoreError {
  const cause = rootCause(error);
  if (errorCode(cause) === "LEVEL_LOCKED") return inUseError(directory, cause);
  const message = cause instanceof Error ? cause.message : String(cause);
  if (/permission denied|read-only file system|no space left/i.test(message)) {
    return notWritableError(directory, cause);
  }
  return toStoreError(directory, "opening the database", cause);
}

/** The error of LevelDB inside the one that `abstract-level` wraps it in. */
function rootCause(error: unknown): unknown {
  const wrapped = error instanceof Error && errorCode(error) === "LEVEL_DATABASE_NOT_OPEN";
  return wrapped && error.cause !== undefined ? error.cause : error;
}

function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
