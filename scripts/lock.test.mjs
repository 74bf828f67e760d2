import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { withLock } from "./lock.mjs";

async function createPath() {
  const folder = await mkdtemp(join(tmpdir(), "rejoin-lock-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return { folder, path: join(folder, "cache", "lock") };
}

it("is had by one at a time, also when work fails", async () => {
  const { folder, path } = await createPath();
  let at = 0;
  let most = 0;
  const work = async (/** @type {number} */ i) => {
    at += 1;
    most = Math.max(most, at);
    for (let turn = 0; turn < 5; turn++) await readdir(folder);
    at -= 1;
    if (i === 1) throw new Error("broken");
    return i;
  };
  const results = await Promise.allSettled([0, 1, 2].map((i) => withLock(path, () => work(i))));
  expect(most).toBe(1);
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(await readdir(join(folder, "cache"))).toEqual([]);
});

it("is taken from a process that has ended without giving it back", async () => {
  const { path } = await createPath();
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  await withLock(path, async () => undefined);
  await writeFile(path, String(pid));
  expect(await withLock(path, async () => "done")).toBe("done");
});
