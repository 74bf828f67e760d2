/** Promises by name, inside of handlers; and for programs outside, as a service. */
import { type Context, RestatePromise, service } from "@rejoin/sdk";
import { promiseBox } from "./promise-box.ts";

/** The promise of this name: durable, so it can be combined with others. */
export function namedPromise<T>(ctx: Context, name: string): RestatePromise<T> {
  const { id, promise } = ctx.awakeable<T>();
  ctx.objectSendClient(promiseBox, name).notify(id);
  return promise;
}

export interface Completion {
  readonly name: string;
  readonly value: unknown;
}

export const namedPromises = service({
  name: "namedPromises",
  handlers: {
    wait: async (ctx: Context, name: string): Promise<unknown> => namedPromise(ctx, name),

    /** The first of several, with its name. */
    waitForAny: async (ctx: Context, names: string[]): Promise<Completion> => {
      const promises = names.map((name) =>
        namedPromise<unknown>(ctx, name).map((value, failure) => {
          if (failure !== undefined) throw failure;
          return { name, value };
        }),
      );
      return await RestatePromise.race(promises);
    },

    resolve: async (ctx: Context, { name, value }: Completion): Promise<boolean> =>
      ctx.objectClient(promiseBox, name).complete({ kind: "value", value }),

    reject: async (ctx: Context, { name, value }: Completion): Promise<boolean> =>
      ctx.objectClient(promiseBox, name).complete({ kind: "failure", reason: String(value) }),
  },
});
