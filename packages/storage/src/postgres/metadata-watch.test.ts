import { expect, it } from "vitest";
import { formatChange, MetadataWatch, parseChange } from "./metadata-watch.ts";

const createWatch = () =>
  new MetadataWatch({
    config: {},
    place: "schema s",
    schema: "s",
    delay: async () => {},
    readVersions: async () => new Map(),
  });

it("writes changes in plain ASCII and reads them again", () => {
  const change = { schema: "rejoin", key: "a b\0ключ", version: 2 ** 40 };
  const text = formatChange(change);
  expect(text).toBe("72656a6f696e 61206200d0bad0bbd18ed187 1099511627776");
  expect(parseChange(text)).toEqual(change);
  expect(parseChange(formatChange({ ...change, key: "" }))).toEqual({ ...change, key: "" });
  for (const other of ["", "hello", "72 73", "zz 73 1", "72 73 -1", "72 73 1 "]) {
    expect(parseChange(other)).toBeUndefined();
  }
});

it("tells of each version once, whoever speaks of it first", async () => {
  const watch = createWatch();
  let calls = 0;
  const stop = watch.watch("key", () => {
    calls += 1;
  });
  const note = async (key: string, version: number) => {
    watch.note(key, version);
    await Promise.resolve();
    return calls;
  };
  expect(await note("key", 3)).toBe(1);
  expect(await note("key", 3)).toBe(1);
  expect(await note("key", 2)).toBe(1);
  expect(await note("other", 9)).toBe(1);
  expect(await note("key", 4)).toBe(2);
  stop();
  expect(await note("key", 5)).toBe(2);
});
