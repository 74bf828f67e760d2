import type { Command, ServerMessage } from "@rejoin/protocol";
import { describe, expect, test } from "vitest";
import { type Context, type ServiceOptions, serde } from "../index.ts";
import { CANCEL, encodeJson, runResult } from "../testing/messages.ts";
import { Script } from "../testing/script.ts";

const run = (name: string, resultCompletionId: number): Command => ({
  kind: "run",
  name,
  resultCompletionId,
});
const call = (ctx: Context, parameter: unknown, name?: string) =>
  ctx.genericCall({
    service: "s",
    method: "m",
    parameter,
    inputSerde: serde.json,
    ...(name === undefined ? {} : { name }),
  });
const recordedCall: Command = {
  kind: "call",
  name: "a",
  service: "s",
  handler: "m",
  parameter: encodeJson({ x: 1 }),
  headers: [],
  key: "",
  invocationIdCompletionId: 1,
  resultCompletionId: 2,
};

async function mismatch(
  handler: (ctx: Context) => Promise<unknown>,
  known: readonly ServerMessage[],
  options?: ServiceOptions,
  version: 5 | 6 | 7 = 7,
) {
  const script = await Script.play(handler, {
    version,
    known,
    ...(options === undefined ? {} : { options }),
  });
  expect(script.ends).toBe(1);
  return script.error;
}

describe("journal mismatch", () => {
  test("another command: both are shown, with the index", async () => {
    const error = await mismatch(
      async (ctx) => {
        await ctx.run("a", () => 1);
        await ctx.sleep(1, "nap");
      },
      [run("a", 1), runResult(1, 1), run("b", 2)],
    );
    expect(error).toMatchObject({
      code: 570,
      behavior: 0,
      relatedCommandIndex: 2,
      relatedCommandName: "nap",
      relatedCommandType: 0x040c,
    });
    expect(error?.message).toBe(
      "Found a mismatch between the code paths of the previous execution and of this one.\n" +
        "Either the code was changed while the invocation was in flight, or it is not " +
        "deterministic: anything random, time-dependent or external belongs into ctx.run, and " +
        "changed code is registered as a new deployment, while the old one serves the invocations " +
        "that have begun there.\n" +
        " - handler: svc/run\n" +
        " - expected (recorded, command index 2): run 'b'\n" +
        " - actual: sleep 'nap'",
    );
  });

  test("the same command with other parameters: one line for each difference", async () => {
    const error = await mismatch(async (ctx) => await call(ctx, { x: 2 }, "b"), [recordedCall]);
    expect(error?.message).toMatch(
      / - expected \(recorded, command index 1\): call s\/m 'a'\n - actual: call s\/m 'b'\nDifference:\n {3}name: 'a' != 'b'\n {3}parameter: '{"x":1}' != '{"x":2}'$/,
    );
  });

  test("a sleep may have another wake-up time, but not another name", async () => {
    const sleep = { kind: "sleep", name: "a", wakeUpTime: 1, resultCompletionId: 1 } as const;
    const same = await Script.play(async (ctx: Context) => await ctx.sleep(99, "a"), {
      known: [sleep],
    });
    expect(same.error).toBeUndefined();
    const error = await mismatch(async (ctx) => await ctx.sleep(99, "b"), [sleep]);
    expect(error?.message).toContain("name: 'a' != 'b'");
  });

  test("an await that was inserted: what it awaits is listed", async () => {
    const error = await mismatch(
      async (ctx) => {
        await ctx.run("a", () => 1);
        await ctx.run("b", () => 2);
      },
      [run("a", 1), run("b", 2)],
    );
    expect(error?.message).toMatch(
      / - expected \(recorded, command index 2\): run 'b'\n - actual: an 'await' that could not be replayed, of:\n {3}- run 'a' \(command index 1\)\n {3}- cancellation\nA recorded command/,
    );
    expect(error).toMatchObject({ relatedCommandIndex: 1, relatedCommandName: "a" });
  });

  test("a handler that returns although the journal goes on", async () => {
    const error = await mismatch(async () => 1, [run("a", 1)]);
    expect(error?.message).toContain(
      "expected (recorded, command index 1): run 'a'\n - actual: handler return",
    );
    const output: Command = {
      kind: "output",
      name: "",
      result: { kind: "value", value: encodeJson(1) },
    };
    const more = await mismatch(async () => 1, [output, run("a", 1)]);
    expect(more?.message).toContain("expected (recorded, command index 2): run 'a'");
    const other = await mismatch(async () => 2, [output]);
    expect(other?.message).toContain("result: ");
  });

  test("the handler does not see it, and no closure runs", async () => {
    let seen = false;
    const error = await mismatch(
      async (ctx) => {
        try {
          await ctx.run("b", () => {
            seen = true;
          });
        } catch {
          seen = true;
        }
      },
      [run("a", 1)],
    );
    expect(error?.code).toBe(570);
    expect(seen).toBe(false);
  });

  test("signals that the machine itself sends are compared, too", async () => {
    const error = await mismatch(
      async (ctx) => await call(ctx, { x: 1 }, "a"),
      [
        recordedCall,
        {
          kind: "callInvocationIdCompletion",
          completionId: 1,
          result: { kind: "invocationId", invocationId: "inv_a" },
        },
        CANCEL,
        run("a", 3),
      ],
    );
    expect(error?.message).toContain("actual: send signal");
  });

  test.for([
    ["pause", 7, 1],
    ["fail", 7, 2],
    ["retry", 7, 0],
    ["pause", 6, 0],
  ] as const)("policy %s in version %d", async ([policy, version, behavior]) => {
    const options = { onJournalMismatchErrors: policy };
    const error = await mismatch(async () => 1, [run("a", 1)], options, version);
    expect(error?.behavior).toBe(behavior);
  });
});
