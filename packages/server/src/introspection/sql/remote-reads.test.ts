/** Rows that are read through the server: all of them, and not too many bytes at once. */
import type { Row } from "@rejoin/engine";
import { expect, it } from "vitest";
import type { Call } from "../mirror/messages.ts";
import { packRows } from "../mirror/packed-rows.ts";
import type { ServerCalls } from "../process/server-calls.ts";
import { RemoteReads } from "./remote-reads.ts";

const RANGE = { gte: Uint8Array.of(0, 0), lt: Uint8Array.of(255, 255) };

function rowsOf(count: number, bytes: number): Row[] {
  return Array.from({ length: count }, (_, i) => {
    return { key: Uint8Array.of(i >> 8, i & 255), value: new Uint8Array(bytes) };
  });
}

function createReads(rows: readonly Row[]) {
  const pages: number[] = [];
  const isWithin = ({ key }: Row, gte: Uint8Array, lt: Uint8Array) =>
    Buffer.compare(key, gte) >= 0 && Buffer.compare(key, lt) < 0;
  const ask = async (wanted: Call) => {
    if (wanted.kind !== "scan") throw new Error("only scans are asked for");
    const { gte, lt, limit, reverse } = wanted;
    const found = rows.filter((row) => isWithin(row, gte, lt));
    const page = (reverse === true ? found.reverse() : found).slice(0, limit);
    pages.push(page.length);
    return packRows(page);
  };
  const calls = { ask } as unknown as ServerCalls;
  return { reads: new RemoteReads(calls, 0, () => undefined), pages };
}

it.each([false, true])("finds every row once, reverse: %s", async (reverse) => {
  const rows = rowsOf(1234, 10);
  const { reads, pages } = createReads(rows);
  const found = await reads.scan(RANGE, { limit: 5000, reverse });
  const keys = found.map(({ key }) => Buffer.from(key).readUInt16BE());
  expect(reverse ? keys.reverse() : keys).toEqual(rows.map((_, i) => i));
  expect(pages.slice(0, 4)).toEqual([4, 32, 256, 500]);
});

it("asks for few rows at a time where they are large", async () => {
  const { reads, pages } = createReads(rowsOf(20, 512 * 1024));
  expect(await reads.scan(RANGE, { limit: 500 })).toHaveLength(20);
  expect(Math.max(...pages)).toBeLessThanOrEqual(4);
});

it("stops at the limit", async () => {
  const { reads } = createReads(rowsOf(100, 10));
  expect(await reads.scan(RANGE, { limit: 7 })).toHaveLength(7);
});
