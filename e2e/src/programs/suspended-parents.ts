/**
 * Measures what suspended invocations cost in memory:
 *
 *     node --expose-gc suspended-parents.js <data directory> sleep|call <count>
 *
 * Sends `count` parents that await an hour of sleep, or a subtask that does, and prints the memory
 * after a forced collection before them, when half of them are suspended and when all of them are.
 */
import { type Context, service } from "@rejoin/sdk";
import { openCore } from "@rejoin/server";
import { onParentGone, printLine } from "../support/program-output.ts";

const [dataDir = "", kind = "", countText = ""] = process.argv.slice(2);
const hour = { hours: 1 };
const collectionRounds = 8;
const sendsAtOnce = 100;

const family = service({
  name: "family",
  handlers: {
    sleep: async (ctx: Context): Promise<void> => await ctx.sleep(hour),
    call: async (ctx: Context): Promise<void> => await ctx.serviceClient(family).sleep(),
  },
});

const { core } = await openCore({
  services: [family],
  dataDir,
  name: "family",
  defaults: { inactivityTimeoutMs: 0 },
});
onParentGone(() => core.close());

await sendParents(1);
await untilAllSuspended();
await printMemory(0);
const half = Number(countText) / 2;
for (const suspended of [half, 2 * half]) {
  await sendParents(half);
  await untilAllSuspended();
  await printMemory(suspended);
}
printLine("measured", { attempts: core.invoker.attemptsStarted });

async function sendParents(count: number): Promise<void> {
  for (let sent = 0; sent < count; sent += sendsAtOnce) {
    const size = Math.min(sendsAtOnce, count - sent);
    await Promise.all(Array.from({ length: size }, () => sendParent()));
  }
}

async function sendParent(): Promise<void> {
  const path = `/family/${kind}/send`;
  const { status } = await core.ingress.handle({
    method: "POST",
    path,
    query: new URLSearchParams(),
    pathAndQuery: path,
    headers: [],
    header: () => undefined,
    body: () => Promise.resolve(new Uint8Array(0)),
    onGone: () => undefined,
  });
  if (status !== 202) throw new Error(`a send was answered ${status}`);
}

/** Every attempt has ended, none waits, and the partition has written for several turns nothing. */
async function untilAllSuspended(): Promise<void> {
  const { invoker } = core;
  const counters = core.leaders[0]?.processor?.counters;
  for (let quiet = 0; quiet < 20; ) {
    const records = counters?.records;
    await new Promise(setImmediate);
    const isQuiet =
      invoker.attemptCount + invoker.readyCount === 0 && counters?.records === records;
    quiet = isQuiet ? quiet + 1 : 0;
  }
}

async function printMemory(suspended: number): Promise<void> {
  for (let round = 0; round < collectionRounds; round++) {
    globalThis.gc?.();
    await new Promise(setImmediate);
  }
  const { heapUsed, external, arrayBuffers, rss } = process.memoryUsage();
  printLine("memory", { suspended, heapUsed, external, arrayBuffers, rss });
}
