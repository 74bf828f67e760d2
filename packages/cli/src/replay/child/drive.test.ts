/** Handlers against recordings of a real server. */
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { createReplay } from "@rejoin/sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RecordedServer, startRecordedServer } from "../../testing/recorded.ts";
import { cart, createWorker, leaf, type ReplayedOptions } from "../../testing/replay-services.ts";
import type { Recording } from "../recording.ts";
import { drive } from "./drive.ts";
import { findSdk } from "./load-entry.ts";
import { Locations } from "./locations.ts";

const HERE = dirname(fileURLToPath(import.meta.url));
const SERVICES = fileURLToPath(new URL("../../testing/replay-services.ts", import.meta.url));
const quiet = () => undefined;

let server: RecordedServer;
let source: readonly string[];

beforeAll(async () => {
  server = await startRecordedServer();
  source = (await readFile(SERVICES, "utf8")).split("\n");
});
afterAll(() => server.close());

interface Own extends ReplayedOptions {
  readonly until?: number;
  readonly execute?: boolean;
  readonly after?: (callback: () => void) => () => void;
}

function replay(recording: Recording, { until, execute = false, after, ...own }: Own = {}) {
  const locations = new Locations({
    ownDirectories: [HERE, findSdk(HERE) ?? HERE],
    cwd: dirname(SERVICES),
  });
  const services = [createWorker(own), leaf, cart];
  return drive({
    recording,
    locations,
    until,
    after,
    open: (observer) => createReplay({ services, logger: quiet }, { observer, execute }),
  });
}

async function record(path: string, body?: unknown): Promise<Recording> {
  return await server.record(await server.invoke(path, body));
}

/** The text of a line such as `replay-services.ts:12:5`, or of a frame that names one. */
function textAt(place: string | undefined): string {
  const [, line] = /replay-services\.ts:(\d+):\d+\)?$/.exec(place ?? "") ?? [];
  return source[Number(line) - 1] ?? `no line: ${place}`;
}

describe("the same code", () => {
  it("comes to the recorded result, and executes nothing", async () => {
    const executed: string[] = [];
    const recording = await record("worker/sum", 20);
    const report = await replay(recording, { onExecuted: (name) => executed.push(name) });
    expect(report).toMatchObject({
      outcome: "completed",
      target: "worker/sum",
      status: "completed",
      protocol_version: 7,
      journal_size: 7,
      replayed_entries: 7,
      result: { kind: "value", is_recorded: true, value: 42 },
    });
    expect(report.steps.map(({ title, match, outcome }) => [title, match, outcome])).toEqual([
      ["run 'own'", "recorded", "2 bytes"],
      ["call leaf/double", "recorded", "2 bytes"],
      ["handler return", "recorded", undefined],
    ]);
    expect(report.steps.map(({ entry_index: entry }) => entry)).toEqual([1, 3, 6]);
    expect(textAt(report.steps[1]?.at)).toContain(".double(own)");
    expect(executed).toEqual([]);
  });

  it("stands where it awaits, and names the line", async () => {
    const id = await server.invoke("worker/wait/send");
    const report = await replay(await server.record(id, ({ journal_size: size }) => size === 4));
    expect(report.outcome).toBe("stands");
    const [awaited, ...more] = report.stand?.awaiting ?? [];
    expect(more).toEqual([]);
    expect(awaited).toMatchObject({ count: 1, results: [{ title: "sleep 'nap'" }] });
    expect(textAt(awaited?.results[0]?.at)).toContain("ctx.sleep(");
    expect(awaited?.stack[0]).toMatch(/^outer \(/);
    expect(textAt(awaited?.stack[0])).toContain("// waits here");
    expect(textAt(awaited?.stack[1])).toContain("// and above it here");
  });

  it("fails as it did", async () => {
    const id = await server.invoke("worker/stumble/send");
    const recording = await server.record(id, (details) => details.last_failure !== undefined);
    const report = await replay(recording);
    expect(report).toMatchObject({
      outcome: "failed",
      failure: { code: 500, message: "stumbled", is_recorded: true },
    });
    expect(report.failure?.stack).toContain("replay-services.ts");
    expect(recording.events).toMatchObject([{ event_type: "TransientError" }]);
  });

  it("reads the state that it read, and draws the numbers that it drew", async () => {
    const recording = await record("cart/mine/add", "a");
    await record("cart/mine/add", "b");
    const report = await replay(recording);
    expect(report).toMatchObject({ outcome: "completed", result: { is_recorded: true } });
    expect(report.steps.map(({ type }) => type)).toEqual(["GetEagerState", "SetState", "Output"]);
  });

  it("goes as far as it is told to", async () => {
    const recording = await record("worker/sum", 20);
    const executed: string[] = [];
    const onExecuted = (name: string) => executed.push(name);
    const held = await replay(recording, { until: 1, onExecuted });
    expect(held).toMatchObject({
      outcome: "stands",
      replayed_entries: 2,
      steps: [{ title: "run 'own'", match: "recorded", outcome: "waiting" }],
      stand: { would_execute: [{ name: "own", command_index: 1 }] },
    });
    const before = await replay(recording, { until: 0, onExecuted });
    expect(before).toMatchObject({ outcome: "stands", steps: [{ match: "new" }] });
    const calling = await replay(recording, { until: 2, onExecuted });
    expect(calling).toMatchObject({
      outcome: "stands",
      steps: [{ match: "recorded" }, { title: "call leaf/double", match: "new" }],
      stand: { would_execute: [], awaiting: [{ results: [{ command_index: 2 }] }] },
    });
    expect(executed).toEqual([]);
  });

  it.each([5, 6, 7])("executes what has no result in version %i, if told to", async (version) => {
    const recording = await record("worker/sum", 20);
    const executed: string[] = [];
    const old = { ...recording, start: { ...recording.start, protocol_version: version } };
    const report = await replay(old, {
      until: 1,
      execute: true,
      onExecuted: (name) => executed.push(name),
    });
    expect(executed).toEqual(["own"]);
    expect(report).toMatchObject({
      outcome: "stands",
      steps: [{ match: "recorded" }, { title: "call leaf/double", match: "new" }],
      stand: { would_execute: [], awaiting: [{ results: [{ command_index: 2 }] }] },
    });
  });

  it("awaits many results at once", async () => {
    const recording = await record("worker/fan", 100);
    expect(await replay(recording)).toMatchObject({ outcome: "completed" });
    // The input, 100 calls and no results.
    const calls = recording.journal.filter(({ entry_type: type }) => type === "Command: Call");
    const cut = recording.journal.filter((entry) => entry.index === 0 || calls.includes(entry));
    const report = await replay({ ...recording, journal: cut });
    expect(report.stand?.awaiting).toMatchObject([{ count: 100 }]);
    expect(report.stand?.awaiting[0]?.results).toHaveLength(20);
    expect(textAt(report.stand?.awaiting[0]?.stack[0])).toContain("RestatePromise.all");
  });
});

describe("a map", () => {
  it("is repeated item by item, and stands with those that are in flight", async () => {
    const recording = await record("worker/map", 10);
    expect(await replay(recording)).toMatchObject({
      outcome: "completed",
      result: { is_recorded: true, value: [0, 2, 4, 6, 8, 10, 12, 14, 16, 18] },
    });
    const started = await replay(recording, { until: 0 });
    expect(started.steps.map(({ match }) => match)).toEqual(["new", "new", "new"]);
    expect(started.outcome).toBe("stands");
    expect(started.stand?.awaiting[0]?.results.length).toBeGreaterThan(0);
  });
});

describe("changed code", () => {
  it("parts from the journal with another command", async () => {
    const report = await replay(await record("worker/sum", 20), { isChanged: true });
    expect(report).toMatchObject({
      outcome: "diverged",
      divergence: {
        command_index: 2,
        entry_index: 3,
        expected: { title: "call leaf/double", type: "Call", fields: { parameter: 21 } },
        actual: { title: "run 'added'", type: "Run" },
        differences: [],
      },
    });
    expect(report.steps.map(({ match }) => match)).toEqual(["recorded", "differs"]);
    expect(textAt(report.divergence?.stack[0])).toContain("// parts here");
  });

  it("parts from it with another result", async () => {
    const report = await replay(await record("worker/result"), { isChanged: true });
    expect(report.divergence).toMatchObject({
      command_index: 2,
      expected: { fields: { result: { value: "old" } } },
      actual: { fields: { result: { value: "new" } } },
    });
    expect(report.divergence?.differences.join()).toContain("old");
  });

  it("parts from it by ending too early, and by waiting instead", async () => {
    const early = await replay(await record("worker/more"), { isChanged: true });
    expect(early).toMatchObject({
      outcome: "diverged",
      divergence: {
        expected: { title: "run 'dropped'" },
        actual: { title: "handler return" },
      },
    });
    const waiting = await replay(await record("worker/awaits"), { isChanged: true });
    expect(waiting).toMatchObject({
      outcome: "diverged",
      divergence: { expected: { title: "run 'own'" }, actual: { title: "sleep" } },
    });
  });

  it("that neither ends nor rests is given up", async () => {
    let giveUp = () => {};
    const replayed = replay(await record("worker/hang"), {
      isChanged: true,
      after: (callback) => {
        giveUp = callback;
        return () => undefined;
      },
    });
    // Its last command is answered by then.
    await new Promise((resolve) => setImmediate(resolve));
    giveUp();
    expect(await replayed).toMatchObject({
      outcome: "stuck",
      message: expect.stringContaining("neither ended nor come to rest"),
    });
  });
});

describe("a recording", () => {
  it("of what was cancelled ends by the cancellation", async () => {
    const id = await server.invoke("worker/wait/send");
    await server.record(id, ({ journal_size: size }) => size === 4);
    await fetch(`${server.adminUrl}/invocations/${id}/cancel`, { method: "PATCH" });
    expect(await replay(await server.record(id))).toMatchObject({
      outcome: "completed",
      result: { kind: "failure", is_recorded: true, code: 409, message: "Cancelled" },
    });
  });

  it("of what was ended from outside says so", async () => {
    const id = await server.invoke("worker/wait/send");
    await server.record(id, ({ journal_size: size }) => size === 4);
    await fetch(`${server.adminUrl}/invocations/${id}/kill`, { method: "PATCH" });
    const report = await replay(await server.record(id));
    expect(report).toMatchObject({ outcome: "stands", ended_from_outside: "[409] killed" });
  });

  it("with an entry that is damaged is refused, with its index", async () => {
    const recording = await record("worker/sum", 20);
    const journal = recording.journal.map((entry) =>
      entry.index === 3 ? { ...entry, body: "/////w==" } : entry,
    );
    await expect(replay({ ...recording, journal })).rejects.toThrow(
      /journal entry 3 \(Command: Call/,
    );
  });
});
