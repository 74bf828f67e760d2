/** How much a directory holds, looked up at most every so often. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../ports/ports.ts";

const MAX_AGE_MS = 10_000;

/** The bytes of all files below `directory`; `undefined` if that cannot be read. */
export class DirectorySize {
  private readonly directory: string;
  private readonly clock: Clock;
  private readAt = Number.NEGATIVE_INFINITY;
  private last: Promise<number | undefined> = Promise.resolve(undefined);

  constructor(directory: string, clock: Clock) {
    this.directory = directory;
    this.clock = clock;
  }

  /** Who asks while it is being looked up gets the same answer. */
  bytes(): Promise<number | undefined> {
    const now = this.clock.now();
    if (now - this.readAt >= MAX_AGE_MS) {
      this.readAt = now;
      this.last = sizeOf(this.directory).catch(() => undefined);
    }
    return this.last;
  }
}

async function sizeOf(directory: string): Promise<number> {
  const entries = await readdir(directory, { withFileTypes: true });
  let total = 0;
  for (const entry of entries) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) total += await sizeOf(path);
    else if (entry.isFile()) total += await fileSize(path);
  }
  return total;
}

/** Files come and go while the directory is read. */
async function fileSize(path: string): Promise<number> {
  return await stat(path).then(
    ({ size }) => size,
    () => 0,
  );
}
