/** What a Start message says about its invocation (server.md §1.5, §1.10). */
import { type Invocation, invocationRows } from "@rejoin/engine";
import {
  encodeFrame,
  formatInvocationId,
  invocationKeyToBytes,
  randomSeedOf,
} from "@rejoin/protocol";
import { expect, it } from "vitest";
import { openProcessor } from "../testing/partition.ts";
import { attempt, invoke, keyOf, run, START_MS } from "../testing/records.ts";
import { Start } from "./start-message.ts";

async function headerOf(key: string): Promise<Invocation> {
  const { apply, store, ports } = await openProcessor();
  await apply(
    invoke(key, { target: { service: "O", handler: "h", key: "o1", handlerKind: "shared" } }),
  );
  const failure = { code: 500, message: "", stacktrace: "", docCode: "RT0007" };
  await apply(attempt(key, [run(1)]));
  ports.setTime(START_MS + 50);
  await apply({ kind: "attemptFailed", key, start: 1, failure });
  const [bytes] = await store.getMany([invocationRows.rowKey(key)]);
  return invocationRows.decode(bytes ?? new Uint8Array(0), key);
}

it("names the invocation, its journal, its retries and how long nothing was stored", async () => {
  const key = keyOf(77);
  const start = new Start(await headerOf(key), START_MS + 1000);
  expect(start).toMatchObject({ kind: "start", partialState: true, stateMap: [] });
  expect(start.id).toEqual(invocationKeyToBytes(key));
  expect(start.debugId).toBe(formatInvocationId(key));
  expect(start.knownEntries).toBe(2);
  expect(start.key).toBe("o1");
  expect(start.retryCountSinceLastStoredEntry).toBe(1);
  expect(start.durationSinceLastStoredEntryMs).toBe(1000);
  expect(start.randomSeed).toEqual(randomSeedOf(key));
});

it("never says that an entry was stored in the future", async () => {
  const start = new Start(await headerOf(keyOf(1)), START_MS - 5000);
  expect(start.durationSinceLastStoredEntryMs).toBe(0);
});

it("can be encoded, though its fields are computed when they are asked for", async () => {
  const start = new Start(await headerOf(keyOf(1)), START_MS);
  expect(encodeFrame(start, 7).length).toBeGreaterThan(40);
});

it("has the state that the attempt is given, and says whether that is all of it", async () => {
  const entries = [{ key: Uint8Array.of(1), value: Uint8Array.of(2) }];
  const start = new Start(await headerOf(keyOf(1)), START_MS, { entries, isPartial: false });
  expect([start.stateMap, start.partialState]).toEqual([entries, false]);
  expect(encodeFrame(start, 7).length).toBeGreaterThan(
    encodeFrame(new Start(await headerOf(keyOf(1)), START_MS), 7).length,
  );
});

it("names scope, limit key and idempotency key where there are any, and not where there are none", async () => {
  const header = await headerOf(keyOf(1));
  const plain = new Start(header, START_MS);
  const { scope, limitKey, idempotencyKey } = plain;
  expect([scope, limitKey, idempotencyKey]).toEqual([undefined, undefined, undefined]);
  const target = { ...header.target, scope: "s" };
  const named = { ...header, target, limitKey: "l", idempotencyKey: "i" };
  expect(new Start(named, START_MS)).toMatchObject({
    scope: "s",
    limitKey: "l",
    idempotencyKey: "i",
  });
});

it("has the random numbers of the invocation whose journal it continues", async () => {
  const header = { ...(await headerOf(keyOf(1))), seedOf: keyOf(2) };
  expect(new Start(header, START_MS).randomSeed).toEqual(randomSeedOf(keyOf(2)));
});
