/** Combinations of promises, one per handler. Each attempt ends when it first waits. */
import type { Context } from "@restatedev/restate-sdk";
import type { Sdk } from "./sdk.ts";

/** Long enough for a test never to see its end. */
const NEVER = { hours: 1 };
const SHORT_MS = 20;

const describe = (settled: readonly PromiseSettledResult<unknown>[]): string[] =>
  settled.map((one) =>
    one.status === "fulfilled" ? `ok:${one.value}` : `err:${(one.reason as Error).message}`,
  );

export function createPromiseCombinators(sdk: Sdk, name = "PromiseCombinators") {
  return sdk.service({
    name,
    handlers: { ...onSignals(sdk), ...onConstants(sdk), ...onMappers(sdk) },
    options: { inactivityTimeout: 0 },
  });
}

/** Settled by a test, through the signals `p1`, `p2` and `p3`. */
function onSignals(sdk: Sdk) {
  const { RestatePromise, TerminalError } = sdk;
  const signals = (ctx: Context) =>
    [ctx.signal<string>("p1"), ctx.signal<string>("p2"), ctx.signal<string>("p3")] as const;

  return {
    all: async (ctx: Context): Promise<string[]> => await RestatePromise.all([...signals(ctx)]),
    race: async (ctx: Context): Promise<string> => await RestatePromise.race([...signals(ctx)]),
    any: async (ctx: Context): Promise<string> => await RestatePromise.any([...signals(ctx)]),
    allSettled: async (ctx: Context): Promise<string[]> =>
      describe(await RestatePromise.allSettled([...signals(ctx)])),

    /** One promise in two races. */
    sharedByRaces: async (ctx: Context): Promise<string[]> => {
      const [p1, p2, p3] = signals(ctx);
      const races = [RestatePromise.race([p1, p2]), RestatePromise.race([p1, p3])];
      return describe(await RestatePromise.allSettled(races));
    },

    /** The same, where one of its uses fails. */
    sharedAndFailing: async (ctx: Context): Promise<string> => {
      const [p1, p2, p3] = signals(ctx);
      const failing = p1.map((): string => {
        throw new TerminalError("p1 completed");
      });
      try {
        await RestatePromise.all([
          RestatePromise.race([failing, p2]),
          RestatePromise.race([p1, p3]),
        ]);
        return "nothing failed";
      } catch (error) {
        if (error instanceof TerminalError) return error.message;
        throw error;
      }
    },
  };
}

function onConstants(sdk: Sdk) {
  const { RestatePromise, TerminalError, TimeoutError } = sdk;
  return {
    resolved: async (_ctx: Context): Promise<string> => await RestatePromise.resolve("constant"),
    rejected: async (_ctx: Context): Promise<string> =>
      await RestatePromise.reject(new TerminalError("rejected constant")),
    allOfNone: async (_ctx: Context): Promise<unknown[]> => await RestatePromise.all([]),
    allSettledOfNone: async (_ctx: Context): Promise<unknown[]> =>
      await RestatePromise.allSettled([]),

    allWithSleep: async (ctx: Context): Promise<string[]> =>
      await RestatePromise.all([
        ctx.sleep(SHORT_MS).map(() => "slept"),
        RestatePromise.resolve("constant"),
      ]),
    raceWithSleep: async (ctx: Context): Promise<string> =>
      await RestatePromise.race([
        ctx.sleep(NEVER).map(() => "slept"),
        RestatePromise.resolve("constant"),
      ]),

    resolvedOrTimeout: async (_ctx: Context): Promise<string> =>
      await RestatePromise.resolve("constant").orTimeout(SHORT_MS),
    raceOfNoneOrTimeout: async (_ctx: Context): Promise<string> =>
      await RestatePromise.race([])
        .orTimeout(SHORT_MS)
        .map((_value, failure) => (failure instanceof TimeoutError ? "timed out" : "no timeout")),
  };
}

/**
 * A mapper that runs when its promise is awaited, and not before, draws after the other draw in
 * every attempt. One that runs as soon as it can draws before it in a replay, and the names of the
 * sleeps differ from the journal.
 */
function onMappers(sdk: Sdk) {
  const { RestatePromise } = sdk;
  return {
    mapsLazily: async (ctx: Context): Promise<string> => {
      const mapped = ctx.sleep(1, "first").map(() => ctx.rand.uuidv4());
      await ctx.sleep(SHORT_MS, ctx.rand.uuidv4());
      await ctx.sleep(1, await mapped);
      return "the names were the same";
    },

    mapsConstantsLazily: async (ctx: Context): Promise<string> => {
      const mapped = RestatePromise.resolve("constant").map(() => ctx.rand.uuidv4());
      await ctx.sleep(SHORT_MS, ctx.rand.uuidv4());
      await ctx.sleep(1, await mapped);
      return "the names were the same";
    },

    mapsOnce: async (ctx: Context): Promise<number> => {
      let mapped = 0;
      const promise = ctx.sleep(1).map(() => {
        mapped += 1;
        return mapped;
      });
      return (await promise) + (await promise) + (await promise);
    },
  };
}
