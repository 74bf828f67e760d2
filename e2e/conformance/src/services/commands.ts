/** The programs that the command interpreter runs: what to wait for, in which combination. */
import type { ObjectContext, ObjectSharedContext, RestatePromise } from "@restatedev/restate-sdk";
import type { Sdk } from "./sdk.ts";

export type Awaitable =
  | { readonly type: "createAwakeable"; readonly awakeableKey: string }
  | { readonly type: "sleep"; readonly timeoutMillis: number }
  | { readonly type: "runReturns"; readonly value: string }
  | { readonly type: "runThrowTerminalException"; readonly reason: string }
  | { readonly type: "createSignal"; readonly signalName: string };

interface Several {
  readonly commands: readonly Awaitable[];
}

type Combination =
  | "awaitAny"
  | "awaitFirstCompleted"
  | "awaitAnySuccessful"
  | "awaitFirstSucceededOrAllFailed"
  | "awaitAllSucceededOrFirstFailed"
  | "awaitAllCompleted";

export type Command =
  | ({ readonly type: Combination } & Several)
  | { readonly type: "awaitOne"; readonly command: Awaitable }
  | {
      readonly type: "awaitAwakeableOrTimeout";
      readonly awakeableKey: string;
      readonly timeoutMillis: number;
    }
  | ({ readonly type: "resolveAwakeable" } & Resolution)
  | ({ readonly type: "rejectAwakeable" } & Rejection)
  | { readonly type: "getEnvVariable"; readonly envName: string };

export interface Resolution {
  readonly awakeableKey: string;
  readonly value: string;
}

export interface Rejection {
  readonly awakeableKey: string;
  readonly reason: string;
}

/** Where an object keeps the id of an awakeable. */
export function awakeableState(key: string): string {
  return `awk-${key}`;
}

/** The id of an awakeable of this object; fails for good if there is none. */
export async function findAwakeable(
  sdk: Sdk,
  ctx: ObjectSharedContext,
  key: string,
): Promise<string> {
  const id = await ctx.get<string>(awakeableState(key));
  if (id === null) throw new sdk.TerminalError(`there is no awakeable ${key}`);
  return id;
}

/** Executes one command; gives its result as text. */
export async function interpret(sdk: Sdk, ctx: ObjectContext, command: Command): Promise<string> {
  switch (command.type) {
    case "awaitOne":
      return await start(sdk, ctx, command.command);
    case "awaitAwakeableOrTimeout":
      return await awaitAwakeableOrTimeout(sdk, ctx, command);
    case "resolveAwakeable":
      ctx.resolveAwakeable(await findAwakeable(sdk, ctx, command.awakeableKey), command.value);
      return "";
    case "rejectAwakeable":
      ctx.rejectAwakeable(await findAwakeable(sdk, ctx, command.awakeableKey), command.reason);
      return "";
    case "getEnvVariable":
      return await ctx.run("variable", () => process.env[command.envName] ?? "");
    default:
      return await combine(
        sdk,
        command.type,
        command.commands.map((awaitable) => start(sdk, ctx, awaitable)),
      );
  }
}

async function combine(
  sdk: Sdk,
  combination: Combination,
  promises: RestatePromise<string>[],
): Promise<string> {
  const { RestatePromise } = sdk;
  switch (combination) {
    case "awaitAny":
    case "awaitFirstCompleted":
      return await RestatePromise.race(promises);
    case "awaitAnySuccessful":
    case "awaitFirstSucceededOrAllFailed":
      return await firstSuccess(sdk, promises);
    case "awaitAllSucceededOrFirstFailed":
      return (await RestatePromise.all(promises)).join("|");
    case "awaitAllCompleted":
      return describeSettled(await RestatePromise.allSettled(promises));
  }
}

function start(sdk: Sdk, ctx: ObjectContext, awaitable: Awaitable): RestatePromise<string> {
  switch (awaitable.type) {
    case "createAwakeable":
      return createAwakeable(ctx, awaitable.awakeableKey);
    case "sleep":
      return ctx.sleep(awaitable.timeoutMillis).map(() => "sleep");
    case "runReturns":
      return ctx.run("returns", () => awaitable.value);
    case "runThrowTerminalException":
      return ctx.run("throws", (): string => {
        throw new sdk.TerminalError(awaitable.reason);
      });
    case "createSignal":
      return ctx.signal<string>(awaitable.signalName);
  }
}

function createAwakeable(ctx: ObjectContext, key: string): RestatePromise<string> {
  const { id, promise } = ctx.awakeable<string>();
  ctx.set(awakeableState(key), id);
  return promise;
}

async function awaitAwakeableOrTimeout(
  sdk: Sdk,
  ctx: ObjectContext,
  { awakeableKey, timeoutMillis }: { awakeableKey: string; timeoutMillis: number },
): Promise<string> {
  const promise = createAwakeable(ctx, awakeableKey).orTimeout(timeoutMillis);
  const [result] = await sdk.RestatePromise.allSettled([promise]);
  if (result?.status === "fulfilled") return result.value;
  if (result?.reason instanceof sdk.TimeoutError) throw new sdk.TerminalError("await-timeout");
  throw result?.reason;
}

async function firstSuccess(sdk: Sdk, promises: RestatePromise<string>[]): Promise<string> {
  try {
    return await sdk.RestatePromise.any(promises);
  } catch (error) {
    if (!(error instanceof AggregateError)) throw error;
    // It is no terminal failure: without this it would be tried again for ever.
    return "all failed";
  }
}

function describeSettled(settled: readonly PromiseSettledResult<string>[]): string {
  const texts = settled.map((result) =>
    result.status === "fulfilled"
      ? `ok:${result.value}`
      : `err:${(result.reason as Error).message}`,
  );
  return texts.join("|");
}
