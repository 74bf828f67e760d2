/** The size of a directory's files. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

export function directoryBytes(directory: string): number {
  let bytes = 0;
  for (const entry of readdirSync(directory, { withFileTypes: true, recursive: true })) {
    // A store that is alive removes files at any time.
    const stat = statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false });
    if (stat?.isFile()) bytes += stat.size;
  }
  return bytes;
}
