/** Error 570, for each kind of command: a replay notices another one, and another of its fields. */
import type { Command, ServerMessage } from "@rejoin/protocol";
import { describe, expect, test } from "vitest";
import {
  type Context,
  type InvocationId,
  type internal,
  rpc,
  service,
  type WorkflowContext,
} from "../index.ts";
import { stateMap } from "../testing/messages.ts";
import { Script, type ScriptOptions } from "../testing/script.ts";
import { COMMANDS, type CommandKind, isCommand } from "../vm/command-info.ts";

type Everything = WorkflowContext & internal.ContextInternal;

const other = service({
  name: "other",
  handlers: {
    a: async (_ctx: Context, value: number) => value,
    b: async (_ctx: Context, value: number) => value,
  },
});
const ID = "inv_1" as InvocationId;
const ID_2 = "inv_2" as InvocationId;

interface Kind {
  readonly issue: (ctx: Everything) => unknown;
  /** The same kind of command, with other fields. */
  readonly others: readonly ((ctx: Everything) => unknown)[];
  readonly options?: ScriptOptions;
}

/** The whole state is known, so that reads are answered here. */
const EAGER: ScriptOptions = {
  start: { partialState: false, stateMap: stateMap({ x: 1 }) },
};

const KINDS: Readonly<Partial<Record<CommandKind, Kind>>> = {
  run: { issue: (ctx) => ctx.run("x", () => 1), others: [(ctx) => ctx.run("y", () => 1)] },
  sleep: { issue: (ctx) => ctx.sleep(1, "x"), others: [(ctx) => ctx.sleep(1, "y")] },
  call: {
    issue: (ctx) => ctx.serviceClient(other).a(1),
    others: [
      (ctx) => ctx.serviceClient(other).b(1),
      (ctx) => ctx.serviceClient(other).a(2),
      (ctx) => ctx.serviceClient(other).a(1, rpc.opts({ idempotencyKey: "k" })),
      (ctx) => ctx.serviceClient(other).a(1, rpc.opts({ headers: { a: "b" } })),
      (ctx) => ctx.serviceClient(other).a(1, rpc.opts({ limitKey: "l" })),
      (ctx) => ctx.scope("s").serviceClient(other).a(1),
    ],
  },
  oneWayCall: {
    issue: (ctx) => ctx.serviceSendClient(other).a(1),
    others: [
      (ctx) => ctx.serviceSendClient(other).b(1),
      (ctx) => ctx.serviceSendClient(other).a(2),
      (ctx) => ctx.serviceSendClient(other).a(1, rpc.sendOpts({ idempotencyKey: "k" })),
      (ctx) =>
        ctx.genericSend({ service: "other", method: "a", key: "k", parameter: new Uint8Array() }),
    ],
  },
  setState: {
    issue: (ctx) => ctx.set("x", 1),
    others: [(ctx) => ctx.set("y", 1), (ctx) => ctx.set("x", 2)],
  },
  clearState: { issue: (ctx) => ctx.clear("x"), others: [(ctx) => ctx.clear("y")] },
  clearAllState: { issue: (ctx) => ctx.clearAll(), others: [] },
  getLazyState: { issue: (ctx) => ctx.get("x"), others: [(ctx) => ctx.get("y")] },
  getLazyStateKeys: { issue: (ctx) => ctx.stateKeys(), others: [] },
  getEagerState: {
    issue: (ctx) => ctx.get("x"),
    others: [(ctx) => ctx.get("y")],
    options: EAGER,
  },
  getEagerStateKeys: { issue: (ctx) => ctx.stateKeys(), others: [], options: EAGER },
  getPromise: {
    issue: (ctx) => ctx.promise("x").get(),
    others: [(ctx) => ctx.promise("y").get()],
  },
  peekPromise: {
    issue: (ctx) => ctx.promise("x").peek(),
    others: [(ctx) => ctx.promise("y").peek()],
  },
  completePromise: {
    issue: (ctx) => ctx.promise("x").resolve(1),
    others: [
      (ctx) => ctx.promise("y").resolve(1),
      (ctx) => ctx.promise("x").resolve(2),
      (ctx) => ctx.promise("x").reject("no"),
    ],
  },
  sendSignal: {
    issue: (ctx) => ctx.invocation(ID).signal("x").resolve(1),
    others: [
      (ctx) => ctx.invocation(ID).signal("y").resolve(1),
      (ctx) => ctx.invocation(ID_2).signal("x").resolve(1),
      (ctx) => ctx.invocation(ID).signal("x").resolve(2),
      (ctx) => ctx.invocation(ID).signal("x").reject("no"),
      (ctx) => ctx.invocation(ID).cancel(),
    ],
  },
  attachInvocation: {
    issue: (ctx) => ctx.invocation(ID).attach(),
    others: [(ctx) => ctx.invocation(ID_2).attach()],
  },
  completeAwakeable: {
    issue: (ctx) => ctx.resolveAwakeable("sign_1x", 1),
    others: [
      (ctx) => ctx.resolveAwakeable("sign_1y", 1),
      (ctx) => ctx.resolveAwakeable("sign_1x", 2),
      (ctx) => ctx.rejectAwakeable("sign_1x", "no"),
    ],
  },
};

/** Issues a command, then waits for what never comes. */
function play(issue: Kind["issue"], options: ScriptOptions = {}): Promise<Script> {
  const handler = async (ctx: Everything) => {
    issue(ctx);
    await ctx.awakeable().promise;
  };
  return Script.play(handler, { kind: "workflow", ...options });
}

const recordings = new Map<Kind, Promise<Command>>();

/** The command as the journal has it. */
function record(kind: Kind): Promise<Command> {
  const recording = recordings.get(kind) ?? recordAnew(kind);
  recordings.set(kind, recording);
  return recording;
}

async function recordAnew({ issue, options }: Kind): Promise<Command> {
  const commands = (await play(issue, options)).sent.filter((message) => isCommand(message));
  expect(commands).toHaveLength(1);
  return commands[0] as Command;
}

const kinds = Object.keys(KINDS) as CommandKind[];

test("all that a context can issue are here", () => {
  const notIssued = ["input", "output", "getInvocationOutput"];
  expect(kinds.toSorted()).toEqual(
    Object.keys(COMMANDS)
      .filter((kind) => !notIssued.includes(kind))
      .toSorted(),
  );
});

describe.for(kinds)("%s", (kind) => {
  const of = KINDS[kind] as Kind;

  test("is repeated without complaint", async () => {
    const recorded = await record(of);
    expect(recorded.kind).toBe(kind);
    const again = await play(of.issue, { ...of.options, known: [recorded as ServerMessage] });
    expect(again.error).toBeUndefined();
    expect(again.sent.some((message) => isCommand(message))).toBe(false);
  });

  test("with other fields is a mismatch that shows the difference", async () => {
    const known = [(await record(of)) as ServerMessage];
    for (const issue of of.others) {
      const script = await play(issue, { ...of.options, known });
      expect(script.error).toMatchObject({ code: 570, relatedCommandType: COMMANDS[kind].code });
      expect(script.error?.message).toMatch(/Difference:\n {3}[a-z A-Z]+: .* != /);
    }
  });

  test("in the place of any other command is a mismatch that names both", async () => {
    for (const recordedKind of kinds) {
      const { title } = COMMANDS[recordedKind];
      // Reads are repeated in the way in which they were made.
      if (title === COMMANDS[kind].title) continue;
      const known = [(await record(KINDS[recordedKind] as Kind)) as ServerMessage];
      const script = await play(of.issue, { ...of.options, known });
      expect(script.error).toMatchObject({ code: 570, relatedCommandIndex: 1 });
      expect(script.error?.message).toContain(`- expected (recorded, command index 1): ${title}`);
      expect(script.error?.message).toContain(`- actual: ${COMMANDS[kind].title}`);
    }
  });

  test("that is missing is a mismatch, too", async () => {
    const known = [(await record(of)) as ServerMessage];
    const script = await play(() => undefined, { ...of.options, known });
    expect(script.error).toMatchObject({ code: 570 });
    expect(script.error?.message).toContain("could not be replayed");
  });
});
