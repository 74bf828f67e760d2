/** Watched attempts: what is told of them, and how others find out what a program would serve. */
import type { EndpointMessage, ServerMessage } from "@rejoin/protocol";
import { afterEach, describe, expect, it } from "vitest";
import type { Context } from "../context/context.ts";
import { service } from "../definitions/service.ts";
import { createHttpEndpoint } from "../endpoint/http/http-endpoint.ts";
import { type CapturedEndpoint, captureEndpoint } from "../endpoint/ports/real-capture.ts";
import { completion, inputMessage, startMessage, value } from "../testing/messages.ts";
import { createReplay } from "./create-replay.ts";
import type { ReplayDivergence, ReplayStand } from "./replay-observer.ts";

const CAPTURE = Symbol.for("@rejoin/sdk/capture");
const globals = globalThis as unknown as Record<symbol, unknown>;

afterEach(() => {
  delete globals[CAPTURE];
});

/** Sends these entries to a handler, and waits until nothing happens any more. */
async function replay(
  handler: (ctx: Context) => Promise<unknown>,
  entries: readonly ServerMessage[],
  execute = false,
) {
  const told: string[] = [];
  const sent: EndpointMessage[] = [];
  const stands: ReplayStand[] = [];
  const divergences: ReplayDivergence[] = [];
  const services = [service({ name: "s", handlers: { h: handler } })];
  const { open, handlers } = createReplay(
    { services, logger: () => undefined },
    {
      execute,
      observer: {
        issued: ({ title, isRecorded }) => told.push(`${title} ${isRecorded ? "again" : "new"}`),
        awaited: () => told.push("await"),
        diverged: (divergence) => divergences.push(divergence),
        rested: (stand) => stands.push(stand),
      },
    },
  );
  expect(handlers).toEqual(new Map([["s", ["h"]]]));
  const sink = { send: (messages: readonly EndpointMessage[]) => sent.push(...messages), end() {} };
  const attempt = open({ service: "s", handler: "h", version: 7, headers: new Map() }, sink);
  attempt.receive([startMessage({ knownEntries: entries.length + 1 }), inputMessage(), ...entries]);
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
  attempt.abort(new Error("the test is over"));
  return { told, sent, stands, divergences };
}

const run = (name: string, resultCompletionId: number): ServerMessage => ({
  kind: "run",
  name,
  resultCompletionId,
});

describe("a watched attempt", () => {
  const twoRuns = (executed: string[]) => async (ctx: Context) => {
    await ctx.run("a", () => void executed.push("a"));
    await ctx.run("b", () => void executed.push("b"));
  };

  it("tells of commands and awaits, and holds back closures", async () => {
    const executed: string[] = [];
    const entries = [run("a", 1), completion("runCompletion", 1, value(1)), run("b", 2)];
    const { told, stands, sent } = await replay(twoRuns(executed), entries);
    expect(told).toEqual(["run 'a' again", "await", "run 'b' again", "await"]);
    expect(executed).toEqual([]);
    expect(stands.at(-1)).toMatchObject({
      heldRuns: [{ name: "b", commandIndex: 2, isRecorded: true }],
      awaiting: [{ count: 1, leaves: [{ title: "run 'b'", commandIndex: 2 }] }],
    });
    expect(sent.filter(({ kind }) => kind !== "awaitingOn")).toEqual([]);
  });

  it("executes closures if it is told to", async () => {
    const executed: string[] = [];
    const { sent } = await replay(twoRuns(executed), [run("a", 1)], true);
    expect(executed).toEqual(["a"]);
    expect(sent).toContainEqual(expect.objectContaining({ kind: "proposeRunCompletion" }));
  });

  it("tells once where it parts from the journal", async () => {
    const { divergences, told, stands } = await replay(twoRuns([]), [run("other", 1)]);
    expect(divergences).toMatchObject([
      { commandIndex: 1, expectedTitle: "run 'other'", actualTitle: "run 'a'" },
    ]);
    expect(divergences[0]?.differences.join()).toContain("'other' != 'a'");
    expect(told).toEqual([]);
    expect(stands).toEqual([]);
  });

  it("tells what is awaited where a command is missing", async () => {
    const signalled = async (ctx: Context) => await ctx.awakeable().promise;
    const { divergences } = await replay(signalled, [run("other", 1)]);
    expect(divergences).toMatchObject([
      {
        expectedTitle: "run 'other'",
        actual: undefined,
        awaiting: [{ count: 1, leaves: [{ title: "awakeable (signal 17)", kind: "signal" }] }],
      },
    ]);
  });
});

describe("what a program would serve", () => {
  const options = { services: [], logger: () => undefined };

  it("is handed to whoever asks", () => {
    const captured: CapturedEndpoint[] = [];
    globals[CAPTURE] = (endpoint: CapturedEndpoint) => captured.push(endpoint);
    createHttpEndpoint(options);
    expect(captureEndpoint(options)).toBe(true);
    expect(captured).toEqual([
      { options, createReplay },
      { options, createReplay },
    ]);
  });

  it("is nobody's business else", () => {
    expect(captureEndpoint(options)).toBe(false);
  });
});
