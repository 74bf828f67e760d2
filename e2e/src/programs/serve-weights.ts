/**
 * Services whose handlers hold a lot while they live, to see what the SDK holds on to afterwards:
 *
 *     node --expose-gc serve-weights.js node|fetch
 *
 * Serves them on a free port, over HTTP/2 or by a handler of `fetch` over HTTP/1.1.
 */
import { randomBytes } from "node:crypto";
import type { AddressInfo } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { createAdaptorServer } from "@hono/node-server";
import {
  type Context,
  type HooksProvider,
  handlers,
  RestatePromise,
  serve,
  service,
  TerminalError,
} from "@rejoin/sdk";
import { createEndpointHandler } from "@rejoin/sdk/fetch";
import { onParentGone, printLine } from "../support/program-output.ts";

const { handler } = handlers;
const KIB = 1024;
const HELD_BYTES = 64 * KIB;
const RUN_BYTES = 160 * KIB;
const COLLECTIONS = 8;
const HOUR = { hours: 1 };
const RETRIES = { initialInterval: 20, exponentiationFactor: 2, maxInterval: 200 };

/** A text of its own that takes so many bytes. */
const hold = (bytes = HELD_BYTES): string => randomBytes(bytes / 2).toString("hex");

async function weigh(): Promise<number> {
  for (let round = 0; round < COLLECTIONS; round += 1) {
    globalThis.gc?.();
    await nextTurn();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** What the code of a user does not let go of. */
const kept: string[] = [];

/** Holds something of its own for each attempt. */
const holdingHooks: HooksProvider = () => {
  const held = hold();
  const around = async (next: () => Promise<void>) => {
    await next();
    if (held.length === 0) throw new Error("nothing is held");
  };
  return { interceptor: { handler: around, run: (_name, next) => around(next) } };
};

const scales = service({
  name: "scales",
  handlers: { weigh: async (ctx: Context): Promise<number> => await ctx.run("weigh", weigh) },
});

const weights = service({
  name: "weights",
  handlers: {
    succeed: async (ctx: Context): Promise<number> => {
      const held = hold();
      await ctx.run("one", () => held.length);
      return held.length;
    },

    fail: async (ctx: Context): Promise<void> => {
      const held = hold();
      await ctx.run("one", () => held.length);
      throw new TerminalError(`fails with ${held.length} bytes`);
    },

    retry: handler({ retryPolicy: RETRIES }, async (ctx: Context): Promise<void> => {
      const held = hold();
      await ctx.run("one", () => held.length);
      throw new Error(`fails with ${held.length} bytes`);
    }),

    pause: handler(
      { retryPolicy: { ...RETRIES, maxAttempts: 2, onMaxAttempts: "pause" } },
      async (_ctx: Context): Promise<void> => {
        const held = hold();
        throw new Error(`fails with ${held.length} bytes`);
      },
    ),

    suspend: handler({ inactivityTimeout: 0 }, async (ctx: Context): Promise<number> => {
      const held = hold();
      await ctx.sleep(HOUR);
      return held.length;
    }),

    hooked: handler({ hooks: [holdingHooks] }, async (ctx: Context): Promise<number> => {
      const held = hold();
      await ctx.run("one", () => held.length);
      await ctx.sleep(1);
      return held.length;
    }),

    /** Its closure never ends, so that the server gives up on each attempt. */
    hang: handler(
      { inactivityTimeout: 0, abortTimeout: 0, retryPolicy: RETRIES },
      async (ctx: Context): Promise<number> => {
        const held = hold();
        await ctx.run("never", () => new Promise<number>(() => held.length));
        return held.length;
      },
    ),

    keep: async (_ctx: Context): Promise<number> => kept.push(hold()),

    /** What its runs have held while it is still there, one after another or at once. */
    runs: async (
      ctx: Context,
      { count, atOnce }: { readonly count: number; readonly atOnce: boolean },
    ): Promise<number> => {
      const before = await ctx.run("before", weigh);
      const runOne = () => {
        const held = hold(RUN_BYTES);
        return ctx.run("one", () => held.length);
      };
      if (atOnce) await RestatePromise.all(Array.from({ length: count }, runOne));
      else for (let run = 0; run < count; run += 1) await runOne();
      return (await ctx.run("after", weigh)) - before;
    },
  },
});

const services = [scales, weights];
const logger = () => undefined;

async function listen(): Promise<number> {
  if (process.argv[2] === "node") return await serve({ services, port: 0, logger });
  const fetch = createEndpointHandler({ services, bidirectional: true, logger });
  const server = createAdaptorServer({ fetch });
  return await new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

onParentGone(async () => undefined);
printLine("ready", { port: await listen() });
