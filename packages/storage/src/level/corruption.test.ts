/** Damaged files are refused, naming the damage, and are not touched; torn tails are accepted. */
import { appendFile, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { StoreError } from "@rejoin/engine";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { bytes, commitOf, everything, patternBytes } from "../testing/bytes.ts";
import { writeCheckedFile } from "./checked-file.ts";
import { openDatabase } from "./database.ts";
import { durableFileName } from "./durable-number.ts";
import { openLevelStore } from "./open-level-store.ts";
import { encodeKey, namespaces } from "./row-codec.ts";
import {
  commitCount,
  copyStore,
  createSampleStore,
  type FileKind,
  findFile,
  flipByte,
  readDataFiles,
  rowKey,
  rowsPerCommit,
  rowValue,
  zeroPage,
} from "./testing/damaged-store.ts";
import { createTemporaryDirectory } from "./testing/temporary-directory.ts";

let temporary: Awaited<ReturnType<typeof createTemporaryDirectory>>;
let sample: string;
let directory: string;

beforeAll(async () => {
  temporary = await createTemporaryDirectory();
  sample = join(temporary.path, "sample");
  directory = join(temporary.path, "copy");
  await createSampleStore(sample);
});
beforeEach(() => copyStore(sample, directory));
afterAll(() => temporary.remove());

/** Opens the store, which must be refused; gives the message. */
async function refusal(): Promise<string> {
  const opening = openLevelStore({ directory });
  const error = await opening.then(
    async (store) => {
      await store.close();
      throw new Error("the damaged store was opened");
    },
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StoreError);
  expect(error).toMatchObject({ code: "DATA_CORRUPTION" });
  const { message } = error as StoreError;
  expect(message).toContain(directory);
  expect(message).toMatch(/restore (it|the directory) from a backup/);
  return message;
}

/** Which commits are there, all of whose rows are right. */
async function wholeCommits(acceptDataLoss = false): Promise<number[]> {
  const store = await openLevelStore({ directory, acceptDataLoss });
  const partition = await store.open(0);
  const whole: number[] = [];
  for (let number = 1; number <= commitCount; number++) {
    const keys = Array.from({ length: rowsPerCommit }, (_, at) => rowKey(number, at));
    const values = await partition.getMany(keys);
    const right = values.filter((value) => value && !Buffer.compare(value, rowValue(number)));
    if (right.length === rowsPerCommit) whole.push(number);
  }
  await store.close();
  return whole;
}

const allCommits = Array.from({ length: commitCount }, (_, at) => at + 1);

it("opens what is sound", async () => {
  expect(await wholeCommits()).toEqual(allCommits);
});

describe.each(["log", "table", "manifest"] as const)("a %s file", (kind: FileKind) => {
  it("with one byte flipped is refused and left as it is", async () => {
    const { size } = await findFile(sample, kind);
    const offsets = [0, 4, 5, 6, 9, ...fractions(size, 9), size - 50, size - 9, size - 1];
    for (const offset of offsets) {
      await copyStore(sample, directory);
      const file = await findFile(directory, kind);
      await flipByte(file.path, offset);
      const before = await readDataFiles(directory);
      expect(await refusal()).toMatch(new RegExp(`file ${file.name} |writes \\d+ to \\d+`));
      expect(await readDataFiles(directory)).toEqual(before);
    }
  });

  it("with 4 KiB zeroed is refused and left as it is", async () => {
    const { size } = await findFile(sample, kind);
    for (const offset of fractions(size, 5)) {
      await copyStore(sample, directory);
      const file = await findFile(directory, kind);
      await zeroPage(file.path, offset);
      const before = await readDataFiles(directory);
      expect(await refusal()).toContain(`file ${file.name} is `);
      expect(await readDataFiles(directory)).toEqual(before);
    }
  });

  it("that has been removed is refused", async () => {
    const file = await findFile(directory, kind);
    await rm(file.path);
    const before = await readDataFiles(directory);
    expect(await refusal()).toContain(`file ${file.name} is missing`);
    expect(await readDataFiles(directory)).toEqual(before);
  });

  it("that has been cut short is refused", async () => {
    const file = await findFile(directory, kind);
    await truncate(file.path, Math.floor(file.size / 2));
    expect(await refusal()).toMatch(new RegExp(`file ${file.name} `));
  });
});

describe("other files", () => {
  it("that LevelDB needs are missed", async () => {
    await rm(join(directory, "CURRENT"));
    expect(await refusal()).toContain("file CURRENT is missing");
    await writeFile(join(directory, "CURRENT"), "MANIFEST-0000\n04");
    expect(await refusal()).toContain("file CURRENT is damaged");
  });

  it("of the store are checked", async () => {
    await flipByte(join(directory, "rejoin-format"), 3);
    expect(await refusal()).toContain("rejoin-format in");
  });

  it("may lack the durable number, which then proves nothing", async () => {
    await rm(join(directory, durableFileName));
    expect(await wholeCommits()).toEqual(allCommits);
    await writeFile(join(directory, durableFileName), "durable wri");
    expect(await wholeCommits()).toEqual(allCommits);
  });
});

describe("missing writes", () => {
  it("are named when the log has lost its end", async () => {
    const log = await findFile(directory, "log");
    await truncate(log.path, log.size - 1);
    const before = await readDataFiles(directory);
    expect(await refusal()).toMatch(/file \d+\.log .* writes (\d+) to \1 are missing/);
    expect(await readDataFiles(directory)).toEqual(before);
  });

  it("are named when the log is cut between two writes or emptied", async () => {
    const log = await findFile(directory, "log");
    const { length } = await readFile(log.path);
    await writeFile(log.path, new Uint8Array(length));
    expect(await refusal()).toMatch(/writes \d+ to \d+ are missing/);
  });

  it("are named when they are known durable", async () => {
    const text = "durable write 1300\n";
    await writeCheckedFile(directory, durableFileName, { text, sync: false });
    expect(await refusal()).toMatch(/writes \d+ to 1300 are missing/);
  });

  it("are named when the ring has gaps", async () => {
    const database = await openDatabase(directory);
    const slots = [5, 6, 7, 10].map((slot) => encodeKey(namespaces.ring, slot));
    await database.batch(slots.map((key) => ({ type: "del", key })));
    await database.close();
    expect(await refusal()).toContain("writes 5 to 7, 10 to 10 are missing");
    expect(await wholeCommits(true)).toEqual(allCommits);
    expect(await wholeCommits()).toEqual(allCommits);
  });
});

it("refuses a value that is not what was written, or under another key", async () => {
  const database = await openDatabase(directory);
  const [right, other] = [rowKey(1, 0), rowKey(1, 1)].map((key) =>
    encodeKey(namespaces.row, 0, key),
  );
  if (!(right && other)) throw new Error("two keys");
  const value = await database.get(right);
  await database.put(other, value ?? right);
  await database.put(right, bytes("abc"));
  await database.close();
  const store = await openLevelStore({ directory });
  const partition = await store.open(0);
  const failure = { code: "DATA_CORRUPTION" };
  await expect(partition.getMany([rowKey(1, 1)])).rejects.toMatchObject({
    ...failure,
    message: expect.stringMatching(/key 720000[0-9a-f]+ in .* does not match its checksum/),
  });
  await expect(partition.getMany([rowKey(1, 0)])).rejects.toMatchObject(failure);
  await expect(partition.scan(everything, { limit: 9_999 })).rejects.toMatchObject(failure);
  await store.close();
});

describe("a torn tail", () => {
  /** As after a crash, when the file lags: the last write may or may not be durable. */
  const forgetDurableNumber = () =>
    writeCheckedFile(directory, durableFileName, { text: "durable write 9\n", sync: false });

  it.each([1, 7, 300, 4_000])("of %i bytes less is accepted", async (bytesLess) => {
    await forgetDurableNumber();
    const log = await findFile(directory, "log");
    await truncate(log.path, log.size - bytesLess);
    expect(await wholeCommits()).toEqual(allCommits.slice(0, -1));
    expect(await wholeCommits()).toEqual(allCommits.slice(0, -1));
  });

  it.each([
    ["zeroes", new Uint8Array(40_000)],
    ["garbage", patternBytes(5, 3_000)],
    ["half a header", new Uint8Array([1, 2, 3])],
  ])("of %s is accepted", async (_, tail) => {
    const log = await findFile(directory, "log");
    await appendFile(log.path, tail);
    expect(await wholeCommits()).toEqual(allCommits);
  });

  it("of damage in the last write is accepted, unless it was acknowledged", async () => {
    const log = await findFile(directory, "log");
    await flipByte(log.path, log.size - 3_000);
    expect(await refusal()).toContain(`file ${log.name} is damaged at offset`);
    await forgetDurableNumber();
    expect(await wholeCommits()).toEqual(allCommits.slice(0, -1));
  });
});

describe("an accepted loss", () => {
  it.each(["log", "table", "manifest"] as const)(
    "starts with what is left of a %s",
    async (kind) => {
      const file = await findFile(directory, kind);
      await flipByte(file.path, Math.floor(file.size / 2));
      const left = await wholeCommits(true);
      if (kind === "manifest") expect(left).toEqual(allCommits);
      else expect(left.length).toBeLessThan(commitCount);
      if (kind === "log") expect(left).toEqual(allCommits.slice(0, left.length));
      expect(left.length).toBeGreaterThan(commitCount / 2);
      expect(await wholeCommits()).toEqual(left);
      const store = await openLevelStore({ directory });
      const partition = await store.open(0);
      const { number } = partition.lastCommit;
      await partition.commit(
        commitOf(number + 1, { writes: [{ key: bytes("new"), value: bytes("") }] }),
      );
      await store.close();
      expect(await wholeCommits()).toEqual(left);
    },
  );

  it("starts without CURRENT", async () => {
    await rm(join(directory, "CURRENT"));
    expect(await wholeCommits(true)).toEqual(allCommits);
    expect(await wholeCommits()).toEqual(allCommits);
  });

  it("starts after a removed log", async () => {
    const log = await findFile(directory, "log");
    await rm(log.path);
    const left = await wholeCommits(true);
    expect(left).toEqual(allCommits.slice(0, (commitCount * 2) / 3));
    expect(await wholeCommits()).toEqual(left);
  });
});

describe("tables beyond the budget", () => {
  const damageAllTables = async () => {
    const table = await findFile(directory, "table");
    await flipByte(table.path, Math.floor(table.size / 2));
    return table.name;
  };

  it("are verified in the background, and damage makes the store fail", async () => {
    const name = await damageAllTables();
    const delay = () => Promise.resolve();
    const store = await openLevelStore({ directory, tableBytesMax: 0, delay });
    const failure = {
      code: "DATA_CORRUPTION",
      message: expect.stringContaining(`file ${name} is`),
    };
    const partition = store.open(0);
    await expect(untilFailure(() => store.getMetadata("any"))).rejects.toMatchObject(failure);
    await expect(store.open(0)).rejects.toMatchObject(failure);
    await (await partition.catch(() => undefined))?.commit(commitOf(1)).catch(() => undefined);
    await store.close();
  });

  it("may be compacted away meanwhile", async () => {
    const table = await findFile(directory, "table");
    let go: () => void = () => {};
    const gone = new Promise<void>((resolve) => {
      go = resolve;
    });
    let pauses = 0;
    const delay = () => {
      pauses += 1;
      return gone;
    };
    const store = await openLevelStore({ directory, tableBytesMax: 0, delay });
    await rm(table.path);
    go();
    const partition = await store.open(0);
    while (pauses < 3) await partition.scan(everything, { limit: 1 }).catch(() => undefined);
    expect(await store.getMetadata("any")).toBeUndefined();
    await store.close();
  });
});

/** Repeats until it rejects. */
async function untilFailure(operation: () => Promise<unknown>): Promise<void> {
  for (;;) await operation();
}

/** Places that cut a file into `count` parts. */
function fractions(size: number, count: number): number[] {
  return Array.from({ length: count - 1 }, (_, at) => Math.floor((size * (at + 1)) / count));
}
