/**
 * A fan-out that says what it does, to be killed at any time:
 *
 *     fan-out <data directory> <log file> <attempts at one time> [<new lines>]
 *
 * Every execution of a run closure and every sight of its result by the handler is a line of the log
 * file and of standard output. With the last argument the process kills itself upon the line that
 * makes so many of those that no process before it has written, before anything else happens.
 */
import { randomUUID } from "node:crypto";
import { existsSync, openSync, readFileSync, writeSync } from "node:fs";
import { type Context, RestatePromise, service } from "@rejoin/sdk";
import { start } from "@rejoin/server";
import { onParentGone, printLine } from "../support/program-output.ts";

const [dataDir = "", logPath = "", attemptsMax, newLinesMax] = process.argv.slice(2);
const napMsMax = 200;
const seen = readSeen();
const logFile = openSync(logPath, "a");
let untilDeath = newLinesMax === undefined ? Number.POSITIVE_INFINITY : Number(newLinesMax);

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
  const token = await ctx.run(run, async () => {
    const fresh = randomUUID();
    note("executed", { id, run, token: fresh });
    await new Promise(setImmediate);
    return fresh;
  });
  note("acknowledged", { id, run, token });
  return token;
}

interface Noted {
  readonly id: string;
  readonly run: string;
  readonly token: string;
}

function note(event: string, noted: Noted): void {
  const line = { event, pid: process.pid, ...noted };
  writeSync(logFile, `${JSON.stringify(line)}\n`);
  const known = seen.size;
  seen.add(keyOf(event, noted));
  untilDeath -= seen.size - known;
  if (untilDeath <= 0) process.kill(process.pid, "SIGKILL");
  printLine(event, line);
}

/** What the processes before this one have noted. */
function readSeen(): Set<string> {
  if (!existsSync(logPath)) return new Set();
  const lines = readFileSync(logPath, "utf8").split("\n").slice(0, -1);
  return new Set(
    lines.map((text) => {
      const line = JSON.parse(text) as Noted & { readonly event: string };
      return keyOf(line.event, line);
    }),
  );
}

function keyOf(event: string, { id, run }: Noted): string {
  return `${event} ${id} ${run}`;
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
