/** When the process of the mirror is started, told, and let go. */
import { Batch, type Invocation, invocationRows, type RowKind } from "@rejoin/engine";
import { formatInvocationId } from "@rejoin/protocol";
import { describe, expect, it } from "vitest";
import { DEFAULT_LIMITS } from "../../limits.ts";
import { ManualPorts } from "../../testing/manual-ports.ts";
import { invocationOf, keyOf } from "../testing/stored.ts";
import type { ProcessListener, ToProcess } from "./messages.ts";
import { Mirror } from "./mirror.ts";
import { unpackHeaders } from "./packed-headers.ts";

interface FakeProcess {
  readonly listener: ProcessListener;
  readonly told: ToProcess[];
  isClosed: boolean;
  /** Whether it says nothing any more. */
  hangs: boolean;
}

const OVERVIEW = { kind: "overview" } as const;
const SQL = { kind: "sql", statement: "SELECT 1", format: "json" } as const;
const ANSWER = { counts: [], lastMinute: { succeeded: 0, failed: 0 }, lastHour: [], stuck: [] };

function createMirror() {
  const ports = new ManualPorts();
  const processes: FakeProcess[] = [];
  const mirror = new Mirror({
    openProcess: (listener) => {
      const child: FakeProcess = { listener, told: [], isClosed: false, hangs: false };
      processes.push(child);
      return {
        post: (message) => {
          if (message.kind !== "ping") child.told.push(message);
          else if (!child.hangs) listener.onMessage({ kind: "alive" });
        },
        kill: (why) => listener.onEnd(why),
        close: () => {
          child.isClosed = true;
          return Promise.resolve();
        },
      };
    },
    ports,
    limits: DEFAULT_LIMITS,
    stores: () => [],
    registry: () => ({ services: [], deployments: [], rules: [] }),
    inFlight: () => [],
  });
  return { mirror, processes, ports };
}

function batchOf(changed: readonly Invocation[], deleted: readonly Invocation[] = []): Batch {
  const batch = new Batch(1);
  const kind = invocationRows as RowKind<unknown>;
  const writes = [
    ...changed.map((value) => ({ kind, key: value.key, value })),
    ...deleted.map(({ key }) => ({ kind, key, value: undefined })),
  ];
  batch.add({
    writes,
    appends: [],
    rawWrites: [],
    born: [],
    completed: [],
    expiries: [],
    expiryLists: [],
    messages: [],
    consumed: undefined,
    actions: [],
  });
  return batch;
}

const kinds = (child: FakeProcess | undefined) => child?.told.map(({ kind }) => kind);

function answer(child: FakeProcess | undefined): void {
  const ask = child?.told.findLast((message) => message.kind === "ask");
  if (ask?.kind !== "ask") throw new Error("nothing was asked");
  child?.listener.onMessage({ kind: "answered", ask: ask.ask, answer: ANSWER });
}

describe("a mirror", () => {
  it("is not there until somebody asks", async () => {
    const { mirror, processes } = createMirror();
    mirror.committed(batchOf([invocationOf(keyOf(1))]));
    expect(processes).toEqual([]);
    const asked = mirror.ask(OVERVIEW);
    expect(kinds(processes[0])).toEqual(["start", "ask"]);
    answer(processes[0]);
    expect(await asked).toEqual(ANSWER);
  });

  it("is told what has changed before it is asked, of each invocation the last", async () => {
    const { mirror, processes } = createMirror();
    void mirror.ask(OVERVIEW);
    const [a, b, c] = [1, 2, 3].map((i) => invocationOf(keyOf(i)));
    if (a === undefined || b === undefined || c === undefined) return;
    mirror.committed(batchOf([a, b, c]));
    mirror.committed(batchOf([{ ...a, status: "paused" }], [b]));
    void mirror.ask(OVERVIEW);
    expect(kinds(processes[0])).toEqual(["start", "ask", "changed", "ask"]);
    const told = processes[0]?.told[2];
    const headers = told?.kind === "changed" ? unpackHeaders(told.headers) : [];
    const seen = headers.map(({ key, value }) => [
      formatInvocationId(key),
      value === undefined ? "gone" : invocationRows.decode(value, key).status,
    ]);
    expect(seen).toEqual([
      [formatInvocationId(a.key), "paused"],
      [formatInvocationId(b.key), "gone"],
      [formatInvocationId(c.key), "completed"],
    ]);
  });

  it("is told a moment later when nobody asks, and at once of very many", async () => {
    const { mirror, processes, ports } = createMirror();
    void mirror.ask(OVERVIEW);
    mirror.committed(batchOf([invocationOf(keyOf(1))]));
    expect(kinds(processes[0])).toEqual(["start", "ask"]);
    await ports.advance(1000);
    expect(kinds(processes[0])).toEqual(["start", "ask", "changed"]);
    mirror.committed(batchOf(Array.from({ length: 9000 }, (_, i) => invocationOf(keyOf(i)))));
    expect(kinds(processes[0])?.length).toBe(4);
  });

  it("is let go when nobody has asked for ten minutes", async () => {
    const { mirror, processes, ports } = createMirror();
    for (let i = 0; i < 3; i++) {
      const asked = mirror.ask(OVERVIEW);
      answer(processes[0]);
      await asked;
      await ports.advance(599_000);
    }
    expect(processes).toMatchObject([{ isClosed: false }]);
    await ports.advance(2000);
    expect(processes).toMatchObject([{ isClosed: true }]);
    void mirror.ask(OVERVIEW);
    expect(processes).toHaveLength(2);
  });

  it("is asked again when its process was let go in the middle of a question", async () => {
    const { mirror, processes } = createMirror();
    const asked = mirror.ask(OVERVIEW);
    mirror.reset();
    expect(processes[0]?.isClosed).toBe(true);
    await expect.poll(() => processes.length).toBe(2);
    answer(processes[1]);
    expect(await asked).toEqual(ANSWER);
  });

  it("ends a statement with its process, and asks again what was beside it", async () => {
    const { mirror, processes } = createMirror();
    const statement = mirror.ask(SQL);
    const list = mirror.ask(OVERVIEW);
    processes[0]?.listener.onMessage({ kind: "loaded" });
    processes[0]?.listener.onEnd("out of memory");
    await expect(statement).rejects.toMatchObject({
      why: "failed",
      message: expect.stringContaining("out of memory"),
    });
    await expect.poll(() => processes.length).toBe(2);
    answer(processes[1]);
    expect(await list).toEqual(ANSWER);
  });

  it("is not begun for ever when its process ends each time", async () => {
    const { mirror, processes, ports } = createMirror();
    const asked = mirror.ask(OVERVIEW);
    asked.catch(() => undefined);
    for (let i = 0; i < 3; i++) {
      await expect.poll(() => processes.length).toBe(i + 1);
      processes[i]?.listener.onEnd("no such program");
    }
    await expect(asked).rejects.toMatchObject({ why: "absent" });
    await expect(mirror.ask(SQL)).rejects.toThrow(/cannot be filled \(no such program\)/);
    expect(processes).toHaveLength(3);
    await ports.advance(300_000);
    expect(mirror.isPresent).toBe(true);
  });

  it("that has no room for all invocations is not filled for each question", async () => {
    const { mirror, processes, ports } = createMirror();
    const asked = mirror.ask(SQL);
    const message = "could not allocate block\nit is too large";
    processes[0]?.listener.onMessage({ kind: "overfull", message });
    await expect(asked).rejects.toMatchObject({
      why: "absent",
      message: expect.stringMatching(/cannot be filled \(could not allocate block\)/),
    });
    expect(mirror.isPresent).toBe(false);
    expect(processes).toMatchObject([{ isClosed: true }]);
    await ports.advance(300_000);
    const again = mirror.ask(OVERVIEW);
    answer(processes[1]);
    expect(await again).toEqual(ANSWER);
  });

  it("is given up when there is no database", async () => {
    const { mirror, processes } = createMirror();
    const asked = mirror.ask(OVERVIEW);
    const why = "absent" as const;
    processes[0]?.listener.onMessage({ kind: "refused", ask: 1, why, message: "not installed" });
    await expect(asked).rejects.toMatchObject({ why, message: "not installed" });
    await expect(mirror.ask(OVERVIEW)).rejects.toMatchObject({ why });
    expect(mirror.isPresent).toBe(false);
    expect(processes).toMatchObject([{ isClosed: true }]);
  });

  it("has a statement ended that has had its time, until it is", async () => {
    const { mirror, processes, ports } = createMirror();
    const asked = mirror.ask(SQL);
    processes[0]?.listener.onMessage({ kind: "loaded" });
    await ports.advance(DEFAULT_LIMITS.sqlStatementMs - 1);
    expect(kinds(processes[0])).toEqual(["start", "ask"]);
    await ports.advance(1);
    await ports.advance(1000);
    const cancels = processes[0]?.told.filter(({ kind }) => kind === "cancel");
    expect(cancels?.length).toBeGreaterThan(1);
    const message = "too late";
    processes[0]?.listener.onMessage({ kind: "refused", ask: 1, why: "failed", message });
    await expect(asked).rejects.toMatchObject({ why: "failed", message });
    const before = processes[0]?.told.length;
    await ports.advance(5000);
    expect(processes[0]?.told.length).toBe(before);
  });

  it("ends the process of a statement that does not notice that its time is over", async () => {
    const { mirror, processes, ports } = createMirror();
    const asked = mirror.ask(SQL);
    asked.catch(() => undefined);
    processes[0]?.listener.onMessage({ kind: "loaded" });
    await ports.advance(DEFAULT_LIMITS.sqlStatementMs + 5000);
    await expect(asked).rejects.toMatchObject({
      why: "failed",
      message: expect.stringContaining("did not end after 30 s"),
    });
  });

  it("does not keep a list waiting while it is being filled", async () => {
    const { mirror, processes, ports } = createMirror();
    const asked = mirror.askSoon(OVERVIEW);
    await ports.advance(10_000);
    expect(await asked).toBeUndefined();
    processes[0]?.listener.onMessage({ kind: "loaded" });
    const again = mirror.askSoon(OVERVIEW);
    await ports.advance(9000);
    answer(processes[0]);
    expect(await again).toEqual(ANSWER);
  });

  it("does not keep a list waiting for a process that hangs, and begins another", async () => {
    const { mirror, processes, ports } = createMirror();
    const list = mirror.askSoon(OVERVIEW);
    const [first] = processes;
    first?.listener.onMessage({ kind: "loaded" });
    if (first !== undefined) first.hangs = true;
    await ports.advance(10_000);
    expect(await list).toBeUndefined();
    const statement = mirror.ask(SQL);
    const refused = expect(statement).rejects.toMatchObject({
      why: "unavailable",
      message: expect.stringContaining("has not answered for 15 s"),
    });
    await ports.advance(10_000);
    await refused;
    expect(processes[0]?.isClosed).toBe(true);
    const again = mirror.ask(OVERVIEW);
    answer(processes[1]);
    expect(await again).toEqual(ANSWER);
  });

  it("is given up when each of its processes hangs, and takes its time to begin", async () => {
    const { mirror, processes, ports } = createMirror();
    const asked = mirror.ask(OVERVIEW);
    asked.catch(() => undefined);
    for (let i = 0; i < 3; i++) {
      await expect.poll(() => processes.length).toBe(i + 1);
      const child = processes[i];
      if (child !== undefined) child.hangs = true;
      await ports.advance(40_000);
      expect(child?.isClosed).toBe(false);
      await ports.advance(5000);
      expect(child?.isClosed).toBe(true);
    }
    await expect(asked).rejects.toMatchObject({ why: "absent" });
    expect(mirror.isPresent).toBe(false);
  });

  it("does not keep a statement waiting that is never filled, and goes on being filled", async () => {
    const { mirror, processes, ports } = createMirror();
    const asked = mirror.ask(SQL);
    const refused = expect(asked).rejects.toMatchObject({
      why: "unavailable",
      message: expect.stringContaining("is not filled after 30 s"),
    });
    await ports.advance(30_000);
    await refused;
    expect(processes).toMatchObject([{ isClosed: false }]);
    expect(kinds(processes[0])).toEqual(["start", "ask", "cancel"]);
  });

  it("gives a statement all of its time once it is filled", async () => {
    const { mirror, processes, ports } = createMirror();
    const asked = mirror.ask(SQL);
    await ports.advance(29_999);
    processes[0]?.listener.onMessage({ kind: "loaded" });
    await ports.advance(DEFAULT_LIMITS.sqlStatementMs - 1);
    expect(kinds(processes[0])).toEqual(["start", "ask"]);
    answer(processes[0]);
    expect(await asked).toEqual(ANSWER);
  });

  it("answers nothing when the server is shutting down", async () => {
    const { mirror, processes } = createMirror();
    const asked = mirror.ask(OVERVIEW);
    const closed = mirror.close();
    await expect(asked).rejects.toMatchObject({ why: "unavailable" });
    await closed;
    await expect(mirror.ask(OVERVIEW)).rejects.toMatchObject({ why: "unavailable" });
    expect(processes).toMatchObject([{ isClosed: true }]);
  });
});
