/**
 * What a reader costs the partition's thread: its CPU per invocation of a fan-out, with somebody who asks
 * once a second and without, in windows by turns. On Linux:
 * `npx tsx --conditions=rejoin:source packages/server/src/introspection/testing/feed-bench.ts`.
 */
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Context, RestatePromise, service } from "@rejoin/sdk";
import { type RunningServer, start } from "../../start.ts";

const WINDOWS = 10;
const FAN_OUTS = 10;
const SUBTASKS = 1500;
const POLL_MS = 1000;

const fan = service({
  name: "fan",
  handlers: {
    run: async (ctx: Context, count: number): Promise<number> => {
      const calls = Array.from({ length: count }, (_, i) => ctx.serviceClient(fan).leaf(i));
      return (await RestatePromise.all(calls)).length;
    },
    leaf: async (_ctx: Context, i: number): Promise<number> => i,
  },
});

/** Of the main thread alone, in microseconds. */
function cpuUs(): number {
  const [nanoseconds] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, "utf8").split(" ");
  return Number(nanoseconds) / 1000;
}

async function windowOf(server: RunningServer): Promise<number> {
  const before = cpuUs();
  for (let i = 0; i < FAN_OUTS; i++) {
    const headers = { "content-type": "application/json" };
    const init = { method: "POST", headers, body: String(SUBTASKS) };
    await (await fetch(`${server.ingressUrl}/fan/run`, init)).text();
  }
  return (cpuUs() - before) / (FAN_OUTS * SUBTASKS);
}

async function readDuring<T>(server: RunningServer, work: () => Promise<T>): Promise<T> {
  let isOver = false;
  const ask = async () => (await fetch(`${server.adminUrl}/invocations/summary`)).text();
  await ask();
  const reader = (async () => {
    while (!isOver) {
      await ask();
      await sleep(POLL_MS);
    }
  })();
  const result = await work();
  isOver = true;
  await reader;
  return result;
}

const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1] ?? 0;

const folder = await mkdtemp(join(tmpdir(), "rejoin-feed-"));
const quiet = () => undefined;
const open = (name: string) =>
  start({ services: [fan], dataDir: join(folder, name), log: quiet, logger: quiet });
const [unread, read] = [await open("unread"), await open("read")];
for (let i = 0; i < 2; i++) await windowOf(unread);

const without: number[] = [];
const withReader: number[] = [];
for (let i = 0; i < WINDOWS; i++) {
  without.push(await windowOf(unread));
  withReader.push(await readDuring(read, () => windowOf(read)));
}
const [alone, beside] = [median(without), median(withReader)];
const rise = `${(100 * (beside / alone - 1)).toFixed(0)} % more`;
console.log(
  `µs of the partition's thread per invocation, medians of ${WINDOWS} windows: ` +
    `${alone.toFixed(1)} unread, ${beside.toFixed(1)} with a reader, ${rise}`,
);
await Promise.all([unread.close(), read.close()]);
await rm(folder, { recursive: true });
