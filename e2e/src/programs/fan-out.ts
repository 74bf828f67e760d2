/**
 * A fan-out that says what it does, to be killed at any time:
 *
 *     fan-out <data directory> <log file> <attempts at one time> [executed|acknowledged <count>]
 *
 * Every execution of a run closure and every sight of its result by the handler is a line of the log
 * file and of standard output. With the last two arguments the process kills itself upon the
 * `count`-th new line of that kind, before anything else happens.
 */
import { randomUUID } from "node:crypto";
import { openSync, writeSync } from "node:fs";
import { type Context, RestatePromise, service } from "@rejoin/sdk";
import { start } from "@rejoin/server";
import { onParentGone, printLine } from "../support/program-output.ts";

const [dataDir = "", logPath = "", attemptsMax, lastEvent, lastCount] = process.argv.slice(2);
const napMsMax = 200;
const logFile = openSync(logPath, "a");
/** The runs whose closures this process has executed: the sight of their results is news. */
const executedHere = new Set<string>();
let untilDeath = lastEvent === undefined ? Number.POSITIVE_INFINITY : Number(lastCount);

interface Part {
  readonly index: number;
  readonly id: string;
  readonly tokens: readonly string[];
}

interface Whole {
  readonly tokens: readonly string[];
  readonly parts: readonly Part[];
}

const fan = service({
  name: "fan",
  handlers: {
    out: async (ctx: Context, count: number): Promise<Whole> => {
      const first = await recorded(ctx, "split");
      const parts = Array.from({ length: count }, (_, i) => ctx.serviceClient(fan).part(i));
      const joined = await RestatePromise.all(parts);
      return { tokens: [first, await recorded(ctx, "join")], parts: joined };
    },

    part: async (ctx: Context, index: number): Promise<Part> => {
      const first = await recorded(ctx, "first");
      await nap(ctx);
      const second = await recorded(ctx, "second");
      await nap(ctx);
      return { index, id: ctx.request().id, tokens: [first, second, await recorded(ctx, "third")] };
    },
  },
});

async function nap(ctx: Context): Promise<void> {
  await ctx.sleep(Math.floor(ctx.rand.random() * napMsMax));
}

/** Runs a closure that gives another token each time it is executed. */
async function recorded(ctx: Context, run: string): Promise<string> {
  const { id } = ctx.request();
  const key = `${id} ${run}`;
  const token = await ctx.run(run, async () => {
    const fresh = randomUUID();
    executedHere.add(key);
    note("executed", { id, run, token: fresh }, true);
    await new Promise(setImmediate);
    return fresh;
  });
  note("acknowledged", { id, run, token }, executedHere.has(key));
  return token;
}

function note(
  event: string,
  fields: { readonly id: string; readonly run: string; readonly token: string },
  isNew: boolean,
): void {
  const line = { event, pid: process.pid, ...fields };
  writeSync(logFile, `${JSON.stringify(line)}\n`);
  if (isNew && event === lastEvent) {
    untilDeath -= 1;
    if (untilDeath <= 0) process.kill(process.pid, "SIGKILL");
  }
  printLine(event, line);
}

printLine("opening");
const server = await start({
  services: [fan],
  dataDir,
  name: "fan",
  limits: { attemptsMax: Number(attemptsMax) },
});
onParentGone(() => server.close());
printLine("ready", { ingressUrl: server.ingressUrl });
