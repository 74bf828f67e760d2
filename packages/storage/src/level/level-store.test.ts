import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bytes, commitOf, everything, patternBytes, writes } from "../testing/bytes.ts";
import { writeCheckedFile } from "./checked-file.ts";
import { readDurableNumber } from "./durable-number.ts";
import { formatFileName } from "./format-marker.ts";
import { openLevelStore } from "./open-level-store.ts";
import { startCommittingChild } from "./testing/committing-child.ts";
import { createTemporaryDirectory } from "./testing/temporary-directory.ts";

let temporary: Awaited<ReturnType<typeof createTemporaryDirectory>>;
let directory: string;

beforeEach(async () => {
  temporary = await createTemporaryDirectory();
  directory = join(temporary.path, "a", "store");
});
afterEach(() => temporary.remove());

describe("a directory", () => {
  it("is made, with one partition unless told otherwise", async () => {
    const store = await openLevelStore({ directory });
    expect(store.partitionCount).toBe(1);
    await store.close();
  });

  it("keeps its partition count", async () => {
    await (await openLevelStore({ directory, partitionCount: 4 })).close();
    await expect(openLevelStore({ directory, partitionCount: 8 })).rejects.toMatchObject({
      code: "UNSUPPORTED_FORMAT",
      message: expect.stringMatching(/created with 4 partitions, not 8/),
    });
    const store = await openLevelStore({ directory });
    expect(store.partitionCount).toBe(4);
    await store.close();
    await expect(openLevelStore({ directory, partitionCount: 0 })).rejects.toThrow(
      "from 1 to 65536",
    );
  });

  it("of an older format is refused", async () => {
    await (await openLevelStore({ directory })).close();
    const text = "rejoin store\nformat 1\npartitions 1\nstate ready\n";
    await writeCheckedFile(directory, formatFileName, { text, sync: false });
    await expect(openLevelStore({ directory })).rejects.toMatchObject({
      code: "UNSUPPORTED_FORMAT",
      message: expect.stringContaining("has format 1, of a version before the first release"),
    });
  });

  it("of a newer format is refused", async () => {
    await (await openLevelStore({ directory })).close();
    const text = "rejoin store\nformat 7\nshards many\n";
    await writeCheckedFile(directory, formatFileName, { text, sync: false });
    await expect(openLevelStore({ directory })).rejects.toMatchObject({
      code: "UNSUPPORTED_FORMAT",
      message: expect.stringMatching(/has format 7, .* supports format 3 at most/),
    });
  });

  it("with other files is refused", async () => {
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, "holiday.jpg"), "x");
    await expect(openLevelStore({ directory })).rejects.toMatchObject({
      code: "UNSUPPORTED_FORMAT",
      message: expect.stringContaining("holiday.jpg"),
    });
    expect(await readFile(join(directory, "holiday.jpg"), "utf8")).toBe("x");
  });

  it("is opened once at a time in a process", async () => {
    const store = await openLevelStore({ directory });
    const refused = { code: "IN_USE", message: expect.stringContaining(directory) };
    await expect(openLevelStore({ directory })).rejects.toMatchObject(refused);
    await store.close();
    await (await openLevelStore({ directory })).close();
  });

  it.each(["/proc/rejoin", join(import.meta.filename, "below", "a", "file")])(
    "that cannot be written is refused: %s",
    async (path) => {
      await expect(openLevelStore({ directory: path })).rejects.toMatchObject({
        code: "NOT_WRITABLE",
        message: expect.stringContaining(path),
      });
    },
  );

  it("whose making was interrupted is made again", async () => {
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, formatFileName), "");
    await (await openLevelStore({ directory })).close();
    await rm(join(directory, "CURRENT"));
    const text = "rejoin store\nformat 3\npartitions 2\nstate creating\n";
    await writeCheckedFile(directory, formatFileName, { text, sync: false });
    for (const count of [2, 2]) {
      const store = await openLevelStore({ directory });
      expect(store.partitionCount).toBe(count);
      await store.close();
    }
  });
});

describe("the file of the durable number", () => {
  it("is written after a while and when the store is closed", async () => {
    const waiting: (() => void)[] = [];
    const delay = (milliseconds: number) => {
      expect(milliseconds).toBe(100);
      return new Promise<void>((resolve) => waiting.push(resolve));
    };
    const store = await openLevelStore({ directory, delay });
    const partition = await store.open(0);
    await partition.commit(commitOf(1));
    expect(waiting).toHaveLength(1);
    expect(await readDurableNumber(directory)).toMatchObject({ number: 0 });
    waiting[0]?.();
    while ((await readDurableNumber(directory)).number !== 3);
    await partition.commit(commitOf(2));
    expect(await readDurableNumber(directory)).toEqual({ number: 3 });
    await store.close();
    expect(await readDurableNumber(directory)).toEqual({ number: 4 });
  });
});

it("merges the commits of several partitions into one write", async () => {
  const store = await openLevelStore({ directory, partitionCount: 8 });
  const partitions = await Promise.all(Array.from({ length: 8 }, (_, at) => store.open(at)));
  for (let number = 1; number <= 4; number++) {
    await Promise.all(partitions.map((partition) => partition.commit(commitOf(number))));
  }
  await store.close();
  // The store's first write, one for all openings, and one for each round.
  expect(await readDurableNumber(directory)).toEqual({ number: 6 });
});

it("goes round the ring of write numbers", async () => {
  const first = await openLevelStore({ directory });
  await first.close();
  await writeCheckedFile(directory, "durable-commit", {
    text: "durable write 65530\n",
    sync: false,
  });
  const store = await openLevelStore({ directory, acceptDataLoss: true });
  const partition = await store.open(0);
  for (let number = 1; number <= 12; number++) await partition.commit(commitOf(number));
  await store.close();
  await (await openLevelStore({ directory })).close();
  expect(await readDurableNumber(directory)).toEqual({ number: 65_544 });
});

it("writes values larger than its scratch memory", async () => {
  const store = await openLevelStore({ directory });
  const partition = await store.open(0);
  const value = patternBytes(1, 9 << 20);
  const rows = [{ key: bytes("large"), value }, ...writes({ small: "1" })];
  await partition.commit(commitOf(1, { writes: rows }));
  const found = await partition.scan(everything, { limit: 9 });
  expect(found.map((row) => Buffer.compare(row.value, value))).toEqual([0, expect.any(Number)]);
  await store.close();
});

it("fails every write after one that failed", async () => {
  const store = await openLevelStore({ directory });
  const partition = await store.open(0);
  const broken = {
    key: bytes("a"),
    get value(): Uint8Array {
      throw new Error("disk full");
    },
  };
  const unavailable = { code: "UNAVAILABLE", message: expect.stringContaining("reopen the store") };
  const failing = partition.commit(commitOf(1, { writes: [broken] }));
  await expect(failing).rejects.toMatchObject(unavailable);
  for (const number of [1, 2]) {
    await expect(partition.commit(commitOf(number))).rejects.toMatchObject(unavailable);
  }
  await expect(store.open(0)).rejects.toMatchObject(unavailable);
  await expect(store.compareAndSetMetadata("a", 0, bytes(""))).rejects.toMatchObject(unavailable);
  expect(await partition.scan(everything, { limit: 1 })).toEqual([]);
  await store.close();
  const again = await openLevelStore({ directory });
  await (await again.open(0)).commit(commitOf(1));
  await again.close();
});

describe("another process", () => {
  const children = new Set<Awaited<ReturnType<typeof startCommittingChild>>>();
  const start = async () => {
    const child = await startCommittingChild(directory);
    children.add(child);
    return child;
  };
  afterEach(async () => {
    for (const child of children) await child.kill();
    children.clear();
  });

  it("is refused, and its kill at any time loses nothing acknowledged", async () => {
    const waiting = await Promise.all([start(), start(), start(), start(), start()]);
    let before = 0;
    for (const [round, child] of waiting.entries()) {
      child.commit();
      await child.acknowledged(before + 20 + 37 * round);
      await expect(openLevelStore({ directory })).rejects.toMatchObject({
        code: "IN_USE",
        message: expect.stringContaining(directory),
      });
      const last = await child.kill();
      before = await assertWhole(last);
    }
  });
});

/** Every commit up to `acknowledged` is there and whole, and so is any after it. Gives the last. */
async function assertWhole(acknowledged: number): Promise<number> {
  const store = await openLevelStore({ directory });
  const partition = await store.open(0);
  const other = await store.open(1);
  const last = partition.lastCommit.number;
  expect(last).toBeGreaterThanOrEqual(acknowledged);
  const rows = await partition.scan(everything, { limit: 100_000 });
  const counts = new Map<number, number>();
  for (const { key, value } of rows) {
    const number = Number(Buffer.from(key).toString().split(" ")[0]);
    counts.set(number, (counts.get(number) ?? 0) + 1);
    expect(Buffer.compare(value, patternBytes(number, 2_000))).toBe(0);
  }
  expect(counts.size).toBe(last);
  expect(new Set(counts.values())).toEqual(new Set([5]));
  const messages = await other.readMailbox(undefined, 100_000);
  const sent = messages.map((message) => message.sequence.commit);
  expect(sent).toEqual(Array.from({ length: last }, (_, at) => at + 1));
  await store.close();
  return last;
}
