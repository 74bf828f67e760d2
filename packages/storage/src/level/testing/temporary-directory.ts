import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Makes an empty directory; `remove` removes it with all that is in it. */
export async function createTemporaryDirectory(): Promise<{
  readonly path: string;
  remove(): Promise<void>;
}> {
  const path = await mkdtemp(join(tmpdir(), "rejoin-storage-"));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
