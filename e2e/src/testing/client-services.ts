/** Services of every kind for the ingress client, on either SDK. */
import type * as rejoin from "@rejoin/sdk";

export type Sdk = typeof rejoin;

export interface Entered {
  /** Resolves, once, with the id of the awakeable that `held` of this name waits for. */
  readonly awakeableId: (name: string) => Promise<string>;
  /** How often the code of `counted` has run for this name. */
  readonly runsOf: (name: string) => number;
}

/** Made anew for each server: what its handlers tell goes to the tests that hold the result. */
export function createClientServices({ service, object, workflow, handlers, serde, ...sdk }: Sdk) {
  const runs = new Map<string, number>();
  const ids = new Map<string, { promise: Promise<string>; resolve: (id: string) => void }>();
  const idOf = (name: string) => {
    let resolve: (id: string) => void = () => undefined;
    const made = ids.get(name) ?? {
      promise: new Promise<string>((done) => {
        resolve = done;
      }),
      resolve: (id: string) => resolve(id),
    };
    ids.set(name, made);
    return made;
  };

  const plain = service({
    name: "plain",
    handlers: {
      echo: async (_ctx: rejoin.Context, value: unknown): Promise<unknown> => value,
      nothing: async (_ctx: rejoin.Context): Promise<void> => undefined,
      header: async (ctx: rejoin.Context, name: string): Promise<string | undefined> =>
        ctx.request().headers.get(name),
      bytes: handlers.handler(
        { input: serde.binary, output: serde.binary },
        async (_ctx: rejoin.Context, bytes: Uint8Array): Promise<Uint8Array> =>
          Uint8Array.from(bytes).reverse(),
      ),
      fail: async (_ctx: rejoin.Context, message: string): Promise<string> => {
        throw new sdk.TerminalError(message, { errorCode: 418 });
      },
      counted: async (ctx: rejoin.Context, name: string): Promise<number> =>
        ctx.run("count", () => {
          runs.set(name, (runs.get(name) ?? 0) + 1);
          return runs.get(name) ?? 0;
        }),
      held: async (ctx: rejoin.Context, name: string): Promise<unknown> => {
        const { id, promise } = ctx.awakeable();
        idOf(name).resolve(id);
        return promise;
      },
    },
  });
  const counter = object({
    name: "counter",
    handlers: {
      add: async (ctx: rejoin.ObjectContext, amount: number): Promise<number> => {
        const sum = ((await ctx.get<number>("sum")) ?? 0) + amount;
        ctx.set("sum", sum);
        return sum;
      },
      get: handlers.object.shared(
        async (ctx: rejoin.ObjectSharedContext): Promise<number> => (await ctx.get("sum")) ?? 0,
      ),
    },
  });
  const signup = workflow({
    name: "signup",
    handlers: {
      run: async (ctx: rejoin.WorkflowContext, email: string): Promise<string> =>
        `${email} said ${await ctx.promise<string>("word")}`,
      say: async (ctx: rejoin.WorkflowSharedContext, word: string): Promise<void> => {
        await ctx.promise<string>("word").resolve(word);
      },
    },
  });
  const entered: Entered = {
    awakeableId: (name) => idOf(name).promise,
    runsOf: (name) => runs.get(name) ?? 0,
  };
  return { plain, counter, signup, entered };
}
