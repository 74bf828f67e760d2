/**
 * The services of a fan-out on a port, that say what they do, to be killed at any time:
 *
 *     serve-fan-out <port> <log file>
 *
 * Every execution of a run closure and every sight of its result by the handler is a line of the log
 * file, in one write, and of standard output.
 */
import { randomUUID } from "node:crypto";
import { openSync, writeSync } from "node:fs";
import { type Context, RestatePromise, serve, service } from "@rejoin/sdk";
import { onParentGone, printLine } from "../support/program-output.ts";

const [port = "", logPath = ""] = process.argv.slice(2);
const napMsMax = 200;
const logFile = openSync(logPath, "a");

interface Part {
  readonly index: number;
  readonly id: string;
  readonly tokens: readonly string[];
}

interface Whole {
  readonly id: string;
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
      const tokens = [first, await recorded(ctx, "join")];
      return { id: ctx.request().id, tokens, parts: joined };
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
  note("seen", { id, run, token });
  return token;
}

function note(event: string, fields: Readonly<Record<string, string>>): void {
  const line = { event, pid: process.pid, ...fields };
  writeSync(logFile, `${JSON.stringify(line)}\n`);
  printLine(event, line);
}

onParentGone(async () => undefined);
await serve({ services: [fan], port: Number(port), logger: () => undefined });
printLine("ready");
