import { realpath } from "node:fs/promises";
import { inUseError } from "./database.ts";

/**
 * The directories that this process has open. The lock of LevelDB belongs to the process, and a
 * second attempt to take it in the same process, though refused, gives the first one up (POSIX
 * drops a process's locks on a file when it closes any handle of it). So that attempt is not made.
 */
const reservedDirectories = new Set<string>();

/** Reserves a directory in this process, or throws `IN_USE`. Gives what releases it. */
export async function reserveDirectory(directory: string): Promise<() => void> {
  const path = await realpath(directory);
  if (reservedDirectories.has(path)) throw inUseError(directory);
  reservedDirectories.add(path);
  return () => reservedDirectories.delete(path);
}
