/** Committed rows in memory: never older than the store, never more than the limits allow. */
import {
  Batch,
  type Invocation,
  type InvocationStatus,
  invocationRows,
  outputRows,
  type RowKind,
  receivedRows,
} from "@rejoin/engine";
import { describe, expect, it } from "vitest";
import { keyOf } from "../testing/records.ts";
import { RowCache } from "./row-cache.ts";

const headers = invocationRows as RowKind<unknown>;
const received = receivedRows as RowKind<unknown>;
const outputs = outputRows as RowKind<unknown>;

function header(n: number, status: InvocationStatus, starts = 1): Invocation {
  return { key: keyOf(n), status, starts } as Invocation;
}

function batchOf(
  number: number,
  ...writes: readonly { kind: RowKind<unknown>; key: string; value: unknown }[]
) {
  const batch = new Batch(number);
  batch.add({
    writes,
    appends: [],
    rawWrites: [],
    born: [],
    completed: [],
    expiries: [],
    expiryLists: [],
    messages: [],
    consumed: undefined,
    actions: [],
  });
  return batch;
}

const write = (invocation: Invocation) => ({
  kind: headers,
  key: invocation.key,
  value: invocation,
});

function cacheOf(hot = 10, cold = 10, others = 10): RowCache {
  return new RowCache({
    hotInvocationsMax: hot,
    coldInvocationsMax: cold,
    cachedRowsMax: others,
    stateCacheBytesMax: 1 << 20,
  });
}

describe("the row cache", () => {
  it("knows what was committed, and not what was not", () => {
    const cache = cacheOf();
    const invoked = header(1, "invoked");
    cache.merge(batchOf(1, write(invoked)));
    expect(cache.row(headers, keyOf(1))).toBe(invoked);
    expect(cache.row(headers, keyOf(2))).toBeUndefined();
  });

  it("keeps what the invoker owns, suspended ones for a while, completed ones not at all", () => {
    const cache = cacheOf(2, 2);
    cache.merge(batchOf(1, ...[1, 2, 3].map((n) => write(header(n, "suspended")))));
    expect([1, 2, 3].map((n) => cache.row(headers, keyOf(n)) !== undefined)).toEqual([
      false,
      true,
      true,
    ]);
    cache.merge(batchOf(2, ...[4, 5, 6].map((n) => write(header(n, "invoked")))));
    expect([4, 5, 6].map((n) => cache.row(headers, keyOf(n)) !== undefined)).toEqual([
      true,
      true,
      false,
    ]);
    cache.merge(
      batchOf(3, write(header(4, "completed")), { kind: headers, key: keyOf(5), value: undefined }),
    );
    expect([4, 5].map((n) => cache.row(headers, keyOf(n)))).toEqual([undefined, undefined]);
  });

  it("lets one that is owned go from hot to cold and back with its newest value", () => {
    const cache = cacheOf(1, 1);
    for (const [status, starts] of [
      ["invoked", 1],
      ["suspended", 1],
      ["invoked", 2],
    ] as const) {
      const value = header(1, status, starts);
      cache.merge(batchOf(1, write(value)));
      expect(cache.row(headers, keyOf(1))).toBe(value);
    }
  });

  it("forgets what is derived of an invocation together with it", () => {
    const cache = cacheOf(10, 1);
    cache.derived(keyOf(1)).awaitingOf = 7;
    cache.merge(batchOf(1, write(header(1, "suspended"))));
    expect(cache.derived(keyOf(1)).awaitingOf).toBe(7);
    cache.merge(batchOf(2, write(header(2, "suspended"))));
    expect(cache.derived(keyOf(1)).awaitingOf).toBe(-1);
    cache.derived(keyOf(2)).awaitingOf = 8;
    cache.merge(batchOf(3, write(header(2, "completed"))));
    expect(cache.derived(keyOf(2)).awaitingOf).toBe(-1);
    const none = cacheOf(0, 0);
    none.derived(keyOf(1)).awaitingOf = 7;
    none.merge(batchOf(1, write(header(1, "invoked"))));
    expect(none.derived(keyOf(1)).awaitingOf).toBe(-1);
  });

  it("keeps other rows, the latest ones, and that a row is not there", () => {
    const cache = cacheOf(10, 10, 2);
    const rows = ["1", "2", "3"].map((key) => ({
      kind: received,
      key,
      value: { commit: Number(key), index: 0 },
    }));
    cache.merge(batchOf(1, ...rows));
    expect(cache.row(received, "1")).toBeUndefined();
    expect(cache.row(received, "3")).toEqual({ commit: 3, index: 0 });
    cache.merge(batchOf(2, { kind: received, key: "3", value: undefined }));
    expect(cache.row(received, "3")).toBeNull();
  });
});

describe("a fetched row", () => {
  it("is there for the records that it was fetched for, also when nothing may be kept", () => {
    const cache = cacheOf(0, 0, 0);
    const fetch = cache.beginFetch();
    cache.admit(fetch, headers, keyOf(1), header(1, "suspended"));
    cache.admit(fetch, headers, keyOf(2), null);
    cache.endFetch(fetch);
    expect(cache.row(headers, keyOf(1))).toMatchObject({ status: "suspended" });
    expect(cache.row(headers, keyOf(2))).toBeNull();
    cache.clearStaged();
    expect(cache.row(headers, keyOf(1))).toBeUndefined();
    expect(cache.row(headers, keyOf(2))).toBeUndefined();
  });

  it("is kept afterwards if there is room", () => {
    const cache = cacheOf();
    const fetch = cache.beginFetch();
    cache.admit(fetch, headers, keyOf(1), header(1, "suspended"));
    cache.admit(fetch, received, "1", null);
    cache.endFetch(fetch);
    cache.clearStaged();
    expect(cache.row(headers, keyOf(1))).toMatchObject({ status: "suspended" });
    expect(cache.row(received, "1")).toBeNull();
  });

  it("does not replace what a commit has written since the fetch began", () => {
    for (const [hot, others] of [
      [10, 10],
      [0, 0],
    ] as const) {
      const cache = cacheOf(hot, hot, others);
      const fetch = cache.beginFetch();
      cache.merge(
        batchOf(1, write(header(1, "invoked", 5)), {
          kind: received,
          key: "1",
          value: { commit: 9, index: 9 },
        }),
      );
      cache.admit(fetch, headers, keyOf(1), header(1, "invoked", 1));
      cache.admit(fetch, received, "1", { commit: 1, index: 1 });
      cache.endFetch(fetch);
      cache.clearStaged();
      const [row, other] = [cache.row(headers, keyOf(1)), cache.row(received, "1")];
      if (row !== undefined) expect(row).toMatchObject({ starts: 5 });
      if (other !== undefined) expect(other).toEqual({ commit: 9, index: 9 });
      expect(row !== undefined).toBe(hot > 0);
    }
  });

  it("that waits for its record is replaced by what a commit writes then", () => {
    const cache = cacheOf(0, 0, 0);
    const fetch = cache.beginFetch();
    cache.admit(fetch, headers, keyOf(1), header(1, "invoked", 1));
    cache.endFetch(fetch);
    cache.merge(batchOf(1, write(header(1, "invoked", 2))));
    const row = cache.row(headers, keyOf(1));
    if (row !== undefined) expect(row).toMatchObject({ starts: 2 });
    cache.merge(batchOf(2, { kind: headers, key: keyOf(1), value: undefined }));
    expect(cache.row(headers, keyOf(1)) ?? null).toBeNull();
  });

  it("that was joined from pieces is not kept: nothing tells of its pieces being written", () => {
    const cache = cacheOf();
    const fetch = cache.beginFetch();
    cache.admit(fetch, outputs, keyOf(1), new Uint8Array(9));
    cache.endFetch(fetch);
    expect(cache.row(outputs, keyOf(1))).toEqual(new Uint8Array(9));
    cache.clearStaged();
    expect(cache.row(outputs, keyOf(1))).toBeUndefined();
  });
});
