/** Executes programs. */
import type { ObjectContext, ObjectSharedContext, RestatePromise } from "@restatedev/restate-sdk";
import type { Program, ProgramCommand } from "./program.ts";
import { AWAKEABLE_VALUE, type createProgramHelper, FAILURE } from "./program-helper.ts";
import type { Sdk } from "./sdk.ts";

const COUNTER = "counter";
const HELPER = { name: "ProgramHelper" } as ReturnType<typeof createProgramHelper>;

type Layer = ReturnType<typeof createProgramLayer>;
const layerOf = (layer: number) => ({ name: `ProgramLayer${layer}` }) as Layer;

/** What a program has started and may await. */
type Started = RestatePromise<unknown>;

/** An object of a layer, which is the last figure of the name. */
export function createProgramLayer(sdk: Sdk, name: string) {
  const layer = Number(name.slice(-1));
  const stumbled = new Set<string>();
  return sdk.object({
    name,
    handlers: {
      execute: async (ctx: ObjectContext, program: Program): Promise<void> => {
        const started: Started[] = [];
        const scope = { sdk, layer, started, stumbled };
        for (const [index, command] of program.entries()) {
          await execute(ctx, command, { ...scope, index });
        }
      },

      increment: (ctx: ObjectContext): Promise<void> => increment(ctx),

      counter: sdk.handlers.object.shared(
        async (ctx: ObjectSharedContext): Promise<number> => (await ctx.get<number>(COUNTER)) ?? 0,
      ),
    },
  });
}

interface Scope {
  readonly sdk: Sdk;
  readonly layer: number;
  readonly index: number;
  readonly started: Started[];
  readonly stumbled: Set<string>;
}

async function execute(ctx: ObjectContext, command: ProgramCommand, scope: Scope): Promise<void> {
  switch (command.kind) {
    case "getState":
      await ctx.get(command.name);
      return;
    case "setState":
      ctx.set(command.name, `${scope.index}`);
      assertSame(scope, await ctx.get(command.name), `${scope.index}`);
      return;
    case "clearState":
      ctx.clear(command.name);
      assertSame(scope, await ctx.get(command.name), null);
      return;
    case "increment":
    case "incrementViaAwakeable":
    case "incrementOther":
    case "incrementOtherViaHelper":
    case "incrementOtherDelayed":
      return await executeIncrement(ctx, command, scope);
    case "run":
    case "runSlowly":
    case "runStumbling":
      return await executeRun(ctx, command, scope);
    case "startCall":
    case "startRecoverableCall":
    case "startSleep":
      scope.started.push(start(ctx, command.kind));
      return;
    case "awaitStarted":
      await scope.started[command.index]?.map(() => undefined); // However it ends.
      return;
    default:
      return await executeCall(ctx, command, scope);
  }
}

type IncrementKind =
  | "increment"
  | "incrementViaAwakeable"
  | "incrementOther"
  | "incrementOtherViaHelper"
  | "incrementOtherDelayed";

async function executeIncrement(
  ctx: ObjectContext,
  command: Extract<ProgramCommand, { readonly kind: IncrementKind }>,
  scope: Scope,
): Promise<void> {
  switch (command.kind) {
    case "incrementViaAwakeable":
      assertSame(scope, await completed(ctx, "resolve"), AWAKEABLE_VALUE);
      return await increment(ctx);
    case "incrementOther":
      ctx.objectSendClient(layerOf(command.place.layer), command.place.key).increment();
      return;
    case "incrementOtherViaHelper":
      return await ctx.serviceClient(HELPER).incrementOther(command.place);
    case "incrementOtherDelayed": {
      const { place, delayMs: delay } = command;
      const options = scope.sdk.rpc.sendOpts({ delay });
      ctx.objectSendClient(layerOf(place.layer), place.key).increment(options);
      return;
    }
    default:
      return await increment(ctx);
  }
}

async function executeRun(
  ctx: ObjectContext,
  command: ProgramCommand,
  { index, stumbled }: Scope,
): Promise<void> {
  const place = `${ctx.request().id}/${index}`;
  await ctx.run(`run ${index}`, async () => {
    if (command.kind === "runSlowly") {
      await new Promise((resolve) => setTimeout(resolve, command.durationMs));
    }
    if (command.kind !== "runStumbling" || stumbled.has(place)) return;
    stumbled.add(place);
    throw new Error("stumbles once");
  });
}

function start(
  ctx: ObjectContext,
  kind: "startCall" | "startRecoverableCall" | "startSleep",
): Started {
  if (kind === "startCall") return ctx.serviceClient(HELPER).echo("started");
  if (kind === "startSleep") return ctx.sleep(1);
  return ctx.serviceClient(HELPER).fail();
}

/** What calls, and waits for its result; and sleeping. */
async function executeCall(
  ctx: ObjectContext,
  command: ProgramCommand,
  scope: Scope,
): Promise<void> {
  const helper = ctx.serviceClient(HELPER);
  switch (command.kind) {
    case "sleep":
      return await ctx.sleep(command.durationMs);
    case "call":
      return assertSame(scope, await helper.echo("hello"), "hello");
    case "callSlowly": {
      const { durationMs } = command;
      return assertSame(scope, await helper.echoSlowly(durationMs), `after ${durationMs}`);
    }
    case "recoverCall":
      return assertSame(scope, await recovered(scope, helper.fail()), FAILURE);
    case "resolveAwakeable":
      return assertSame(scope, await completed(ctx, "resolve"), AWAKEABLE_VALUE);
    case "rejectAwakeable":
      return assertSame(scope, await recovered(scope, completed(ctx, "reject")), FAILURE);
    case "callNextLayer": {
      const call = ctx.objectClient(layerOf(scope.layer + 1), command.key).execute(command.program);
      if (command.isAwaited) await call;
      else scope.started.push(call);
      return;
    }
    default:
      throw new scope.sdk.TerminalError(`there is no command ${command.kind}`);
  }
}

async function increment(ctx: ObjectContext): Promise<void> {
  ctx.set(COUNTER, ((await ctx.get<number>(COUNTER)) ?? 0) + 1);
}

/** An awakeable that the helper completes. */
function completed(ctx: ObjectContext, how: "resolve" | "reject"): RestatePromise<string> {
  const { id, promise } = ctx.awakeable<string>();
  ctx.serviceSendClient(HELPER).complete({ id, how });
  return promise;
}

/** The message of a terminal failure. */
async function recovered({ sdk }: Scope, promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "it did not fail";
  } catch (error) {
    if (error instanceof sdk.TerminalError) return error.message;
    throw error;
  }
}

function assertSame({ sdk, index }: Scope, actual: unknown, expected: unknown): void {
  if (actual === expected) return;
  throw new sdk.TerminalError(`command ${index} gave ${actual} instead of ${expected}`);
}
