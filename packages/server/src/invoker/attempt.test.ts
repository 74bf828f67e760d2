/** One attempt: what its endpoint gets, in which order, and what becomes of what it sends. */
import type { AttemptRecord, Invocation, NotifyAction } from "@rejoin/engine";
import { invocationRows, journalRange } from "@rejoin/engine";
import { Combinator, type ProtocolVersion } from "@rejoin/protocol";
import { describe, expect, it } from "vitest";
import { DEFAULT_LIMITS, type Limits } from "../limits.ts";
import { FakeTransport } from "../testing/fake-stream.ts";
import { openProcessor, type TestProcessor } from "../testing/partition.ts";
import {
  attempt as attemptRecord,
  END,
  Gate,
  invoke,
  keyOf,
  objectTarget,
  output,
  run,
  setState,
} from "../testing/records.ts";
import { Attempt, type AttemptEnd } from "./attempt.ts";
import { PendingBudget } from "./pending-budget.ts";

const key = keyOf(1);

interface Options {
  readonly limits?: Partial<Limits>;
  readonly version?: ProtocolVersion;
  readonly inactivityTimeoutMs?: number;
  readonly input?: Uint8Array;
  /** Journal entries before the attempt: this many runs with their results. */
  readonly replayed?: number;
  /** Of an object with this state. */
  readonly state?: readonly string[];
  readonly lazyState?: boolean;
  readonly reads?: (begun: TestProcessor) => TestProcessor["store"];
  readonly budget?: PendingBudget;
}

async function begin(options: Options = {}) {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const processor = await openProcessor();
  const { ports, store } = processor;
  const target = options.state === undefined ? {} : { target: objectTarget("o") };
  await processor.apply(invoke(key, { input: options.input ?? new Uint8Array(3), ...target }));
  for (const name of options.state ?? []) {
    await processor.apply(attemptRecord(key, [setState(name, name)]));
  }
  for (let id = 1; id <= (options.replayed ?? 0); id++) {
    await processor.apply(attemptRecord(key, [run(id), propose(id)]));
  }
  const header = async (): Promise<Invocation> => {
    const [bytes] = await store.getMany([invocationRows.rowKey(key)]);
    if (bytes === undefined) throw new Error("the invocation is gone");
    return invocationRows.decode(bytes, key);
  };
  const submitted: { readonly record: AttemptRecord; readonly applied: () => void }[] = [];
  const ends: AttemptEnd[] = [];
  const awaiting: boolean[] = [];
  const transport = new FakeTransport();
  const attempt = new Attempt({
    host: {
      ports,
      limits,
      ...(options.budget === undefined ? {} : { budget: options.budget }),
      submit: (_, record, applied) => submitted.push({ record, applied }),
      pace: (goOn) => goOn(),
      onAwaiting: () => awaiting.push(true),
      onReportedError: () => undefined,
      onEnd: (_, end) => ends.push(end),
    },
    invocation: await header(),
    route: {
      pin: { deploymentId: "d", protocolVersion: options.version ?? 7 },
      transport,
      inactivityTimeoutMs: options.inactivityTimeoutMs ?? 60_000,
      lazyState: options.lazyState ?? false,
    },
    reads: options.reads?.(processor) ?? store,
  });
  const [stream] = transport.streams;
  if (stream === undefined) throw new Error("no stream was opened");
  attempt.start();
  await ports.settle();
  /** Makes run results durable and tells the attempt of them. */
  const settle = async (...ids: readonly number[]) => await settleWith(ids, false);
  const settleWith = async (ids: readonly number[], requestAck: boolean) => {
    const from = processor.actions.length;
    await processor.apply(
      attemptRecord(
        key,
        ids.map((id) => propose(id, requestAck)),
      ),
    );
    for (const action of processor.actions.slice(from)) {
      if (action.kind === "notify") attempt.notify(action satisfies NotifyAction);
    }
    await ports.settle();
  };
  return {
    processor,
    ports,
    attempt,
    stream,
    submitted,
    ends,
    awaiting,
    settle,
    settleWith,
    limits,
  };
}

const routeTo = (transport: FakeTransport) => ({
  pin: { deploymentId: "d", protocolVersion: 7 },
  transport,
  inactivityTimeoutMs: 60_000,
  lazyState: false,
});

const deaf = {
  submit: () => undefined,
  pace: (goOn: () => void) => goOn(),
  onAwaiting: () => undefined,
  onReportedError: () => undefined,
  onEnd: () => undefined,
};

function propose(completionId: number, requestAck = false) {
  const result = { kind: "value", value: new Uint8Array(20) } as const;
  return { kind: "proposeRunCompletion", completionId, result, requestAck } as const;
}

const all = (...completions: readonly number[]) => ({
  combinator: Combinator.allCompleted,
  completions,
  signals: [],
  namedSignals: [],
  nested: [],
});

const ids = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i);
const texts = (from: number, count: number) => ids(from, count).map(String);

describe("the replay", () => {
  it("of a new invocation is Start and Input", async () => {
    const { stream } = await begin();
    expect(stream.messages.map((message) => message.kind)).toEqual(["start", "input"]);
    expect(stream.messages[0]).toMatchObject({ knownEntries: 1, partialState: true, key: "" });
    expect(stream.messages[1]).toMatchObject({ value: new Uint8Array(3) });
  });

  it("brings a large input whole", async () => {
    const input = new Uint8Array(2_500_000).fill(7);
    const { stream } = await begin({ input });
    const [, message] = stream.messages;
    expect(message?.kind === "input" && Buffer.compare(message.value, input)).toBe(0);
  });

  it("brings every entry once and in order, a page of segments at a time", async () => {
    for (const replayPageRows of [1, 2, 64]) {
      const { stream } = await begin({ replayed: 10, limits: { replayPageRows } });
      expect(stream.messages[0]).toMatchObject({ kind: "start", knownEntries: 21 });
      const kinds = stream.messages.slice(2).map((message) => message.kind);
      expect(kinds).toEqual(ids(0, 10).flatMap(() => ["run", "runCompletion"]));
      expect(stream.told()).toEqual(texts(1, 10));
    }
  });

  it("whose stream is full goes on when it has drained", async () => {
    const full = new Gate();
    const begun = await openProcessor();
    await begun.apply(invoke(key));
    for (const id of ids(1, 6)) await begun.apply(attemptRecord(key, [run(id), propose(id)]));
    const [bytes] = await begun.store.getMany([invocationRows.rowKey(key)]);
    const transport = new FakeTransport();
    const attempt = new Attempt({
      host: { ...deaf, ports: begun.ports, limits: { ...DEFAULT_LIMITS, replayPageRows: 2 } },
      invocation: invocationRows.decode(bytes ?? new Uint8Array(0), key),
      route: routeTo(transport),
      reads: begun.store,
    });
    const [stream] = transport.streams;
    if (stream === undefined) throw new Error("no stream was opened");
    stream.full = full;
    attempt.start();
    await begun.ports.settle();
    expect(stream.told()).toEqual(["1", "2"]);
    stream.full = undefined;
    full.open();
    await begun.ports.settle();
    expect(stream.told()).toEqual(texts(1, 6));
  });

  it("that cannot be read fails the attempt", async () => {
    const { ends } = await begin({
      replayed: 3,
      reads: ({ store }) =>
        new Proxy(store, {
          get: (target, property) => {
            if (property === "scan") return () => Promise.reject(new Error("no store"));
            const value: unknown = Reflect.get(target, property, target);
            return typeof value === "function" ? value.bind(target) : value;
          },
        }),
    });
    expect(ends).toMatchObject([{ failure: { docCode: "RT0006" } }]);
    expect(ends[0]?.failure?.message).toContain("no store");
  });

  it("that lacks an entry fails the attempt: the endpoint is never told less than was announced", async () => {
    const begun = await begin({
      replayed: 3,
      reads: ({ store }) =>
        new Proxy(store, {
          get: (target, property) => {
            const value: unknown = Reflect.get(target, property, target);
            if (property !== "scan" || typeof value !== "function") {
              return typeof value === "function" ? value.bind(target) : value;
            }
            return async (...args: Parameters<typeof store.scan>) => {
              const rows = await store.scan(...args);
              return rows.filter(
                (row) => row.key[0] !== journalRange(key).gte[0] || row.key.at(-1) !== 3,
              );
            };
          },
        }),
    });
    expect(begun.ends).toHaveLength(1);
    expect(begun.stream.aborted).toContain("missing");
  });

  it("ends in asking for suspension at once where the inactivity timeout is zero", async () => {
    const { stream, attempt } = await begin({ replayed: 2, inactivityTimeoutMs: 0 });
    expect(stream.told()).toEqual(["1", "2"]);
    expect(stream.inputClosed).toBe(true);
    expect(attempt.acceptsInput).toBe(false);
  });
});

describe("what becomes durable during the replay", () => {
  it("is sent after it, once, whether the replay had it or not", async () => {
    const reads: Gate[] = [];
    let gated = false;
    const begun = await begin({ replayed: 2 });
    const processor = begun.processor;
    const [bytes] = await processor.store.getMany([invocationRows.rowKey(key)]);
    const invocation = invocationRows.decode(bytes ?? new Uint8Array(0), key);
    const transport = new FakeTransport();
    gated = true;
    const attempt = new Attempt({
      host: { ...deaf, ports: processor.ports, limits: DEFAULT_LIMITS },
      invocation,
      route: routeTo(transport),
      reads: new Proxy(processor.store, {
        get: (target, property) => {
          const value: unknown = Reflect.get(target, property, target);
          if (typeof value !== "function") return value;
          if (property !== "scan" || !gated) return value.bind(target);
          return async (...args: unknown[]) => {
            const gate = new Gate();
            reads.push(gate);
            await gate.promise;
            return value.apply(target, args);
          };
        },
      }),
    });
    attempt.start();
    await processor.ports.settle();
    const from = processor.actions.length;
    await processor.apply(attemptRecord(key, [propose(8), propose(9)]));
    for (const action of processor.actions.slice(from)) {
      if (action.kind === "notify") attempt.notify(action);
    }
    while (reads.length > 0) {
      reads.shift()?.open();
      await processor.ports.settle();
    }
    const [stream] = transport.streams;
    await processor.ports.advance(10);
    expect(stream?.messages[0]).toMatchObject({ knownEntries: 5 });
    expect(stream?.told()).toEqual(["1", "2", "8", "9"]);
  });
});

describe("an attempt that lags", () => {
  const limits = { attemptPendingItemsMax: 4, replayPageRows: 2 };

  it("beyond its bound leaves notifications in the store, and reads them when it is time", async () => {
    const { stream, settle, ports } = await begin({ limits });
    stream.awaits(all(...ids(1, 30)));
    for (const id of ids(1, 29)) await settle(id);
    await ports.advance(100);
    expect(stream.told()).toEqual([]);
    await settle(30);
    await ports.settle();
    expect(stream.told()).toEqual(texts(1, 30));
  });

  /** A store that counts the pages that are read of it. */
  function countReads() {
    const counted = { scans: 0 };
    const reads = ({ store }: TestProcessor): TestProcessor["store"] =>
      new Proxy(store, {
        get: (target, name) => {
          if (name === "scan") counted.scans += 1;
          const value = Reflect.get(target, name, target);
          return typeof value === "function" ? value.bind(target) : value;
        },
      });
    return { counted, reads };
  }

  it("reads nothing while the budget of all attempts has room, and gives back what it took", async () => {
    const budget = new PendingBudget(30_000);
    const { counted, reads } = countReads();
    const { stream, settle, attempt } = await begin({ limits, budget, reads });
    for (const round of ids(0, 3)) {
      const own = ids(1 + round * 30, 30);
      stream.awaits(all(...own));
      for (const id of own) await settle(id);
    }
    expect(stream.told()).toEqual(texts(1, 90));
    expect(counted.scans).toBe(0);
    expect(budget.resize(0, 30_000)).toBe(true);
    budget.resize(30_000, 0);
    stream.awaits(all(...ids(91, 30)));
    await settle(...ids(91, 20));
    expect(budget.resize(0, 30_000)).toBe(false);
    attempt.abort("over");
    expect(budget.resize(0, 30_000)).toBe(true);
  });

  it("has nothing of the budget once it is asked to suspend, or awaits what cannot be read", async () => {
    const budget = new PendingBudget(30_000);
    const asked = await begin({ limits, budget });
    asked.stream.awaits(all(...ids(1, 30)));
    await asked.settle(...ids(1, 20));
    expect(budget.resize(0, 30_000)).toBe(false);
    asked.attempt.requestSuspension();
    expect(budget.resize(0, 30_000)).toBe(true);
    budget.resize(30_000, 0);
    const wrong = await begin({ limits: { ...limits, attemptPendingBytesMax: 10 }, budget });
    const decode = () => {
      throw new Error("damaged");
    };
    wrong.stream.listener.onAwaitingOn({ executingSideEffects: false, decode });
    await wrong.settle(1);
    expect(wrong.ends).toHaveLength(1);
    expect(budget.resize(0, 30_000)).toBe(true);
  });

  it("reads from the store when others have taken the budget", async () => {
    const budget = new PendingBudget(10_000);
    budget.resize(0, 8000);
    const { counted, reads } = countReads();
    const { stream, settle, ports } = await begin({ limits, budget, reads });
    stream.awaits(all(...ids(1, 30)));
    for (const id of ids(1, 30)) await settle(id);
    await ports.settle();
    expect(stream.told()).toEqual(texts(1, 30));
    expect(counted.scans).toBeGreaterThan(0);
    expect(budget.resize(0, 2000)).toBe(true);
  });

  it("fails if the store has lost what was durable, and does not look for it for ever", async () => {
    const reads = ({ store }: TestProcessor): TestProcessor["store"] =>
      new Proxy(store, {
        get: (target, name) => {
          if (name === "scan") return async () => [];
          const value = Reflect.get(target, name, target);
          return typeof value === "function" ? value.bind(target) : value;
        },
      });
    const { stream, settle, ends, ports } = await begin({ limits, reads });
    stream.awaits(all(...ids(1, 6)));
    for (const id of ids(1, 6)) await settle(id);
    await ports.settle();
    expect(ends).toMatchObject([{ failure: { message: expect.stringContaining("entry 6") } }]);
  });

  it("beyond its bytes likewise", async () => {
    const { stream, settle, ports } = await begin({ limits: { attemptPendingBytesMax: 100 } });
    stream.awaits(all(...ids(1, 10)));
    for (const id of ids(1, 10)) await settle(id);
    await ports.settle();
    expect(stream.told()).toEqual(texts(1, 10));
  });

  it("gets nothing twice of what it was sent before it began to lag", async () => {
    const { stream, settle, settleWith, ports } = await begin({ limits });
    await settleWith([1], true);
    await settle(2);
    await ports.advance(10);
    expect(stream.told()).toEqual(["ack 1", "2"]);
    stream.awaits(all(...ids(3, 20)));
    for (const id of ids(3, 20)) await settle(id);
    await ports.advance(10);
    expect(stream.told()).toEqual(["ack 1", "2", ...texts(3, 20)]);
  });

  it("gets acknowledgements in their place among the others", async () => {
    const { stream, settle, settleWith, ports } = await begin({ limits });
    stream.awaits(all(...ids(1, 9), 99));
    for (const id of ids(1, 9)) await settle(id);
    await settleWith([50], true);
    await ports.settle();
    expect(stream.told()).toEqual([...texts(1, 9), "ack 50"]);
  });

  it("lags again after it has caught up, any number of times", async () => {
    const { stream, settle, ports } = await begin({ limits });
    for (const round of ids(0, 5)) {
      const own = ids(1 + round * 10, 10);
      stream.awaits(all(...own));
      await settle(...own);
      await ports.advance(20);
    }
    expect(stream.told()).toEqual(texts(1, 50));
  });

  it("that asks for more while it catches up gets it when it has", async () => {
    const { stream, settle, ports } = await begin({ limits });
    stream.awaits(all(...ids(1, 10)));
    const first = settle(...ids(1, 10));
    const second = settle(...ids(11, 10));
    await Promise.all([first, second]);
    await ports.advance(20);
    expect(stream.told()).toEqual(texts(1, 20));
  });

  it("after a replay, with more than the bound arriving meanwhile, still gets all in order", async () => {
    const { stream, settle, ports } = await begin({ limits, replayed: 3 });
    await settle(...ids(4, 20));
    await ports.advance(20);
    expect(stream.told()).toEqual(texts(1, 23));
  });
});

describe("what the endpoint sends", () => {
  it("is handed over in records of a bounded number of items, one at a time, in order", async () => {
    const { stream, submitted, ports } = await begin({ limits: { attemptRecordItemsMax: 4 } });
    stream.says(...ids(1, 10).map((id) => run(id)));
    expect(submitted).toHaveLength(1);
    stream.says(run(11));
    expect(submitted).toHaveLength(1);
    for (let i = 0; i < submitted.length; i++) {
      submitted[i]?.applied();
      await ports.settle();
    }
    expect(submitted.map(({ record }) => record.items.length)).toEqual([4, 4, 3]);
    const order = submitted.flatMap(({ record }) =>
      record.items.map(({ message }) => (message.kind === "run" ? message.resultCompletionId : 0)),
    );
    expect(order).toEqual(ids(1, 11));
    expect(submitted[0]?.record).toMatchObject({ kind: "attempt", key, start: 1 });
  });

  it("is handed over in records of bounded bytes", async () => {
    const { stream, submitted, ports } = await begin({ limits: { attemptRecordBytesMax: 10_000 } });
    const big = (completionId: number) => ({
      ...propose(completionId),
      result: { kind: "value", value: new Uint8Array(6000) } as const,
    });
    stream.says(...ids(1, 5).map(big));
    for (let i = 0; i < submitted.length; i++) {
      submitted[i]?.applied();
      await ports.settle();
    }
    expect(submitted.map(({ record }) => record.items.length)).toEqual([2, 2, 1]);
  });

  it("keeps an Output and its End in one record", async () => {
    const { stream, submitted } = await begin({ limits: { attemptRecordItemsMax: 4 } });
    stream.says(run(1), run(2), run(3), output(), END);
    expect(submitted[0]?.record.items.map(({ message }) => message.kind)).toEqual([
      "run",
      "run",
      "run",
      "output",
      "end",
    ]);
  });

  it("beyond what may wait is not read until some has been applied", async () => {
    const { stream, submitted } = await begin({
      limits: { attemptRecordItemsMax: 2, attemptInboxItemsMax: 5 },
    });
    stream.says(...ids(1, 4).map((id) => run(id)));
    expect(stream.reading).toEqual([]);
    stream.says(...ids(5, 4).map((id) => run(id)));
    expect(stream.reading).toEqual([false]);
    submitted[0]?.applied();
    submitted[1]?.applied();
    expect(stream.reading).toEqual([false, true]);
  });

  it("after its last word is ignored", async () => {
    const { stream, submitted } = await begin();
    stream.says(output(), END, run(1));
    stream.says(run(2));
    expect(submitted).toHaveLength(1);
    expect(submitted[0]?.record.items).toHaveLength(2);
  });
});

describe("the end of an attempt", () => {
  it("of which the endpoint has had the last word is no failure", async () => {
    const { stream, submitted, ends } = await begin();
    stream.says(output(), END);
    stream.listener.onEnd();
    expect(ends).toEqual([]);
    submitted[0]?.applied();
    expect(ends).toMatchObject([{ failure: undefined }]);
  });

  it("without a last word is a failure, after everything that was sent has been applied", async () => {
    const { stream, submitted, ends } = await begin();
    stream.says(run(1));
    stream.listener.onEnd();
    expect(ends).toEqual([]);
    submitted[0]?.applied();
    expect(ends).toMatchObject([{ failure: { docCode: "RT0007" } }]);
  });

  it("by the transport keeps its failure and its delay", async () => {
    const { stream, ends } = await begin();
    const failure = { code: 500, message: "gone", stacktrace: "", docCode: "RT0010" };
    stream.listener.onEnd(failure, { nextRetryDelayMs: 3000 });
    stream.listener.onEnd();
    expect(ends).toMatchObject([{ failure, nextRetryDelayMs: 3000 }]);
  });

  it("by aborting it is no failure of its own; what it sends then is ignored", async () => {
    const { stream, attempt, ends, submitted, settle } = await begin();
    attempt.abort("enough");
    stream.says(run(1));
    stream.awaits(all(1));
    stream.listener.onEnd();
    await settle(1);
    expect(stream.aborted).toBe("enough");
    expect(ends).toMatchObject([{ failure: undefined }]);
    expect(submitted).toEqual([]);
    expect(stream.told()).toEqual([]);
  });

  it("is told once", async () => {
    const { stream, attempt, ends } = await begin();
    const failure = { code: 500, message: "x", stacktrace: "", docCode: "RT0001" };
    attempt.abortWith(failure);
    attempt.abortWith(failure);
    attempt.abort("again");
    stream.listener.onEnd();
    expect(ends).toHaveLength(1);
    expect(ends[0]).toMatchObject({ failure });
  });
});

describe("asking for suspension", () => {
  it("closes the input: nothing is sent any more", async () => {
    const { stream, attempt, settle, ports } = await begin();
    attempt.requestSuspension();
    attempt.requestSuspension();
    await settle(1);
    attempt.ackCommand(3);
    await ports.advance(100);
    expect(stream.inputClosed).toBe(true);
    expect(stream.messages.map((message) => message.kind)).toEqual(["start", "input"]);
    expect(attempt.closedInputAt).toBeGreaterThan(0);
  });

  it("still takes what the endpoint says", async () => {
    const { stream, attempt, submitted } = await begin();
    attempt.requestSuspension();
    stream.says({ kind: "suspension", awaitingOn: all(1) });
    expect(submitted).toHaveLength(1);
  });
});

describe("an attempt that only awaits", () => {
  it("is known to, until it gets or says something", async () => {
    const { stream, attempt, awaiting, settle } = await begin();
    stream.awaits(all(1), true);
    expect(attempt.isAwaiting).toBe(false);
    stream.awaits(all(1));
    expect(attempt.isAwaiting).toBe(true);
    expect(awaiting).toHaveLength(1);
    await settle(1);
    expect(attempt.isAwaiting).toBe(false);
    stream.awaits(all(2));
    stream.says(run(5));
    expect(attempt.isAwaiting).toBe(false);
  });

  it("acknowledgements of commands are passed on at once", async () => {
    const { stream, attempt } = await begin();
    stream.awaits(all(1));
    attempt.ackCommand(4);
    expect(stream.messages.at(-1)).toEqual({ kind: "commandAck", commandIndex: 4 });
  });

  it("on an older version is taken to by its silence, unless a run of it is unanswered", async () => {
    for (const version of [5, 6] as const) {
      const { stream, attempt, ports, settle } = await begin({ version });
      stream.says(run(1));
      await ports.advance(100);
      expect(attempt.seemsToAwait(50)).toBe(false);
      await settle(1);
      expect(attempt.seemsToAwait(50)).toBe(false);
      await ports.advance(60);
      expect(attempt.seemsToAwait(50)).toBe(true);
      stream.says(run(2));
      await ports.advance(60);
      expect(attempt.seemsToAwait(50)).toBe(false);
    }
  });
});

describe("the state that an attempt opens with", () => {
  const startOf = async (options: Options) => {
    const { stream } = await begin(options);
    const [start] = stream.messages;
    if (start?.kind !== "start") throw new Error("there is no Start");
    const names = start.stateMap.map((entry) => new TextDecoder().decode(entry.key));
    return { names, isPartial: start.partialState, known: start.knownEntries, stream };
  };

  it("is all that the object has, before its input and its journal", async () => {
    const { names, isPartial, known, stream } = await startOf({ state: ["b", "a"] });
    expect({ names, isPartial, known }).toEqual({ names: ["a", "b"], isPartial: false, known: 3 });
    expect(stream.messages.map(({ kind }) => kind)).toEqual([
      "start",
      "input",
      "setState",
      "setState",
    ]);
  });

  it("is complete, and nothing, where the object has none", async () => {
    expect(await startOf({ state: [] })).toMatchObject({ names: [], isPartial: false });
  });

  it("is what fits the bound", async () => {
    const limits = { eagerStateBytesMax: 3 };
    const found = await startOf({ state: ["a", "b"], limits });
    expect(found).toMatchObject({ names: ["a"], isPartial: true });
  });

  it("is nothing where the handler asks for each value, and for a plain service", async () => {
    const lazily = await startOf({ state: ["a"], lazyState: true });
    expect(lazily).toMatchObject({ names: [], isPartial: true });
    expect(await startOf({})).toMatchObject({ names: [], isPartial: true });
  });
});

describe("what an attempt had been given", () => {
  it("is said with what it sends: what it began with, and all of it once its input is closed", async () => {
    const { stream, submitted, settle, attempt, ports } = await begin({ replayed: 1 });
    stream.says(run(2));
    await ports.settle();
    expect(submitted.map(({ record }) => record.given)).toEqual([2]);
    submitted[0]?.applied();
    stream.awaits(all(2));
    await settle(2);
    attempt.requestSuspension();
    stream.says({ kind: "suspension", awaitingOn: all(9) });
    await ports.settle();
    expect(submitted.map(({ record }) => record.given)).toEqual([2, 3]);
  });
});
