/** The partition processor: batches, commits and actions, and what happens when one fails. */
import { type Commit, InvariantError, invocationRows } from "@rejoin/engine";
import type { WriteFate } from "@rejoin/storage";
import { describe, expect, it } from "vitest";
import { openProcessor, rowCounts, type TestProcessorOptions } from "../testing/partition.ts";
import {
  attach,
  attempt,
  END,
  finish,
  Gate,
  invoke,
  keyOf,
  output,
  run,
} from "../testing/records.ts";

/** A processor whose commits wait until the test lets each of them go. */
async function openGated(options: TestProcessorOptions = {}) {
  const commits: { readonly commit: Commit; readonly gate: Gate<WriteFate> }[] = [];
  const begun = await openProcessor({
    ...options,
    faults: {
      beforeCommit: (_, commit) => {
        const gate = new Gate<WriteFate>();
        commits.push({ commit, gate });
        return gate.promise;
      },
    },
  });
  const finishCommit = async (at: number, fate: WriteFate = "ok") => {
    commits[at]?.gate.open(fate);
    await begun.ports.settle();
  };
  return { ...begun, commits, finishCommit };
}

const invokes = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => invoke(keyOf(from + i)));

describe("a batch", () => {
  it("holds everything that was waiting: one commit, one set of lists", async () => {
    const { apply, processor, batches, store } = await openProcessor();
    await apply(...invokes(1, 50));
    expect(processor.counters).toMatchObject({ commits: 1, records: 50 });
    expect(batches).toHaveLength(1);
    expect(await rowCounts(store)).toEqual({ i: 50, a: 1 });
  });

  it("ends at its number of records", async () => {
    const { apply, batches } = await openProcessor({ limits: { batchRecordsMax: 7 } });
    await apply(...invokes(1, 20));
    expect(batches.map((batch) => batch.recordCount)).toEqual([7, 7, 6]);
    expect(batches.map((batch) => batch.number)).toEqual([1, 2, 3]);
  });

  it("ends at its bytes", async () => {
    const { apply, batches } = await openProcessor({ limits: { batchBytesMax: 10_000 } });
    const input = new Uint8Array(6000);
    await apply(...invokes(1, 6).map((record) => ({ ...record, input })));
    expect(batches.map((batch) => batch.recordCount)).toEqual([2, 2, 2]);
  });

  it("ends after its time, and the event loop turns before the next records", async () => {
    const { ports, processor } = await openProcessor({ limits: { batchApplyMs: 5 } });
    let now = ports.clock.now();
    ports.clock.now = () => now++;
    const applied: number[] = [];
    for (const [i, record] of invokes(1, 30).entries())
      processor.submit(record, () => applied.push(i));
    await Promise.resolve();
    await Promise.resolve();
    expect(applied.length).toBeGreaterThan(0);
    expect(applied.length).toBeLessThan(10);
    await ports.settle();
    expect(applied).toHaveLength(30);
  });

  it("that writes nothing is not committed: its actions are taken all the same", async () => {
    const { apply, processor, actions } = await openProcessor();
    await apply(attach(keyOf(1)), attach(keyOf(2)));
    expect(processor.counters.commits).toBe(0);
    expect(actions.map((action) => action.kind)).toEqual(["answer", "answer"]);
    await apply(invoke(keyOf(1)));
    expect(processor.counters.commits).toBe(1);
  });

  it("carries the partition's time, which never runs backwards", async () => {
    const times: number[] = [];
    const begun = await openProcessor({
      faults: {
        beforeCommit: async (_, commit) => {
          times.push(commit.timeMs);
          return "ok";
        },
      },
    });
    const now = begun.ports.clock.now();
    await begun.apply(invoke(keyOf(1)));
    begun.ports.setTime(now - 5000);
    await begun.apply(invoke(keyOf(2)));
    begun.ports.setTime(now + 7);
    await begun.apply(invoke(keyOf(3)));
    expect(times).toEqual([now, now, now + 7]);
    begun.ports.setTime(now - 9000);
    const next = await openProcessor({ disk: begun.disk, ports: begun.ports });
    await next.apply(invoke(keyOf(4)));
    expect(next.batches[0]?.timeMs).toBe(now + 7);
  });
});

describe("while a commit is in flight", () => {
  it("the next batch is applied on top of it, and is committed when it has resolved", async () => {
    const { apply, commits, finishCommit, processor, ports } = await openGated();
    await apply(invoke(keyOf(1)));
    processor.submit(attempt(keyOf(1), [run(1)]));
    processor.submit(invoke(keyOf(2)));
    await ports.settle();
    expect(processor.counters.records).toBe(3);
    expect(commits).toHaveLength(1);
    await finishCommit(0);
    expect(commits.map(({ commit }) => commit.number)).toEqual([1, 2]);
    await finishCommit(1);
    expect(commits).toHaveLength(2);
  });

  it("no action of it is taken, nor any of the batch after it; then all are, in order", async () => {
    const { apply, finishCommit, actions } = await openGated();
    await apply(invoke(keyOf(1)));
    await apply(invoke(keyOf(2)), finish(keyOf(1)));
    expect(actions).toEqual([]);
    await finishCommit(0);
    expect(actions.map((action) => action.kind)).toEqual(["start"]);
    await finishCommit(1);
    expect(actions.map((action) => action.kind)).toEqual(["start", "start", "completed"]);
  });

  it("what it made of an invocation is known while they are taken, kept or not", async () => {
    const key = keyOf(1);
    const known: unknown[] = [];
    const { apply, processor } = await openProcessor({
      limits: { hotInvocationsMax: 0, coldInvocationsMax: 0 },
      act: () => known.push(processor.row(invocationRows, key)),
    });
    await apply(invoke(key), finish(key));
    expect(known).toMatchObject([{ key, status: "completed" }]);
    expect(processor.row(invocationRows, key)).toBeUndefined();
  });

  it("attempts are woken first, and those outside told when what they do is being committed", async () => {
    const events: string[] = [];
    const key = keyOf(1);
    const begun = await openGated({
      act: (actions) => {
        for (const { kind } of actions) {
          events.push(`act: ${kind}`);
          if (kind === "start") begun.processor.submit(finish(key));
        }
      },
      answer: () => events.push(`answer, ${begun.commits.length} commits begun`),
    });
    await begun.apply(invoke(key));
    await begun.finishCommit(0);
    expect(events).toEqual(["act: start", "answer, 2 commits begun"]);
    await begun.finishCommit(1);
    expect(events.slice(2)).toEqual(["act: completed", "answer, 2 commits begun"]);
  });

  it("those outside are told of what is durable though the processor fails at what comes next", async () => {
    const failuresWhenTold: number[] = [];
    const { apply, processor, failures } = await openProcessor({
      act: () => processor.submit({ ...invoke(keyOf(2)), kind: "nonsense" } as never),
      answer: () => failuresWhenTold.push(failures.length),
    });
    await apply(invoke(keyOf(1)));
    expect(failures).toHaveLength(1);
    expect(failuresWhenTold).toEqual([0]);
  });

  it("who asks for a stored result is told before anything else", async () => {
    const key = keyOf(1);
    const told: number[] = [];
    const begun = await openGated({ answer: () => told.push(begun.commits.length) });
    await begun.apply(invoke(key), finish(key));
    await begun.apply(attach(key), invoke(keyOf(2)));
    await begun.finishCommit(0);
    told.length = 0;
    begun.processor.submit(invoke(keyOf(3)));
    await begun.finishCommit(1);
    expect(told).toEqual([2]);
  });

  it("those outside are told before a processor that closes has stopped", async () => {
    let told = 0;
    const { apply, finishCommit, processor } = await openGated({ answer: () => told++ });
    await apply(invoke(keyOf(1)));
    const closed = processor.close().then(() => told);
    await finishCommit(0);
    expect(await closed).toBe(1);
  });

  it("answers that need no commit wait for the ones before them", async () => {
    const { apply, finishCommit, actions } = await openGated();
    await apply(invoke(keyOf(1)));
    await apply(attach(keyOf(1)));
    expect(actions).toEqual([]);
    await finishCommit(0);
    expect(actions.map((action) => action.kind)).toEqual(["start", "answer"]);
  });

  it("what is committed is not what has only been applied", async () => {
    const { apply, finishCommit, processor } = await openGated();
    const key = keyOf(1);
    await apply(invoke(key));
    expect(processor.row(invocationRows, key)).toMatchObject({ status: "invoked" });
    expect(processor.committed(key)).toBeUndefined();
    await finishCommit(0);
    expect(processor.committed(key)).toMatchObject({ status: "invoked" });
    await apply(finish(key));
    expect(processor.row(invocationRows, key)).toMatchObject({ status: "completed" });
    expect(processor.committed(key)).toMatchObject({ status: "invoked" });
  });

  it("a record that lacks something does not begin another commit beside it", async () => {
    const { apply, commits, finishCommit, processor } = await openGated({
      limits: { hotInvocationsMax: 0, coldInvocationsMax: 0 },
    });
    const key = keyOf(1);
    await apply(invoke(key, { fresh: false }));
    await finishCommit(0);
    await apply(attempt(key, [output(new Uint8Array(5000))]));
    await finishCommit(1);
    await apply(invoke(keyOf(2)));
    await apply(invoke(keyOf(3)), attempt(key, [END]));
    expect(commits).toHaveLength(3);
    await finishCommit(2);
    expect(commits).toHaveLength(4);
    await finishCommit(3);
    expect(processor.counters).toMatchObject({ records: 5, roundsMax: 1 });
    await finishCommit(4);
    expect(commits.map(({ commit }) => commit.number)).toEqual([1, 2, 3, 4, 5]);
  });

  it("a full batch keeps the others waiting", async () => {
    const { apply, commits, finishCommit, processor } = await openGated({
      limits: { batchRecordsMax: 2 },
    });
    await apply(...invokes(1, 6));
    expect(processor.counters.records).toBe(4);
    expect(commits).toHaveLength(1);
    await finishCommit(0);
    expect(processor.counters.records).toBe(6);
    await finishCommit(1);
    await finishCommit(2);
    expect(commits).toHaveLength(3);
  });

  it("a durable callback comes with its own commit", async () => {
    const { ports, finishCommit, processor, apply } = await openGated();
    const told: string[] = [];
    await apply(invoke(keyOf(1)));
    processor.submitDurable(invoke(keyOf(2)), () => told.push("second"));
    await ports.settle();
    await finishCommit(0);
    expect(told).toEqual([]);
    await finishCommit(1);
    expect(told).toEqual(["second"]);
  });
});

describe("a row that is not in memory", () => {
  const cold = { hotInvocationsMax: 0, coldInvocationsMax: 0, cachedRowsMax: 0 };

  it("is fetched together with those of all records that are waiting", async () => {
    const { apply, processor } = await openProcessor({ limits: cold });
    await apply(...invokes(1, 30));
    await apply(...invokes(1, 30).map(({ key }) => attempt(key, [run(1)])));
    expect(processor.counters).toMatchObject({ records: 60, fetches: 1, roundsMax: 0 });
  });

  it("ends the batch: what came before is committed, then it is read", async () => {
    const { apply, processor, batches } = await openProcessor({ limits: cold });
    const [key, other] = [keyOf(1), keyOf(2)];
    const large = new Uint8Array(5000);
    await apply(invoke(key, { fresh: false }));
    await apply(attempt(key, [output(large)]));
    await apply(invoke(other), attempt(key, [END]), invoke(keyOf(3)));
    expect(batches.map((batch) => batch.recordCount)).toEqual([1, 1, 1, 2]);
    expect(processor.counters.roundsMax).toBe(1);
  });

  it("and that a commit writes meanwhile is seen in its new value", async () => {
    const reads: Gate<"called">[] = [];
    const begun = await openProcessor({
      limits: cold,
      faults: {
        beforeRead: (_, kind) => {
          if (kind !== "getMany") return Promise.resolve("called" as const);
          const gate = new Gate<"called">();
          reads.push(gate);
          return gate.promise;
        },
        beforeCommit: async () => "ok",
      },
    });
    const key = keyOf(1);
    const openReads = async () => {
      while (reads.length > 0) {
        reads.shift()?.open("called");
        await begun.ports.settle();
      }
    };
    await begun.apply(invoke(key, { fresh: false }));
    await openReads();
    // The record's fetch is under way, with the header as it is now.
    begun.processor.submit(attempt(key, [run(1)]));
    await begun.ports.settle();
    begun.processor.submit(attempt(key, [run(2)]));
    begun.processor.submit(finish(key));
    await begun.ports.settle();
    await openReads();
    const [bytes] = await Promise.all([
      begun.store.getMany([invocationRows.rowKey(key)]),
      openReads(),
    ]);
    const stored = bytes[0];
    if (stored === undefined) throw new Error("the invocation is gone");
    expect(invocationRows.decode(stored, key)).toMatchObject({
      status: "completed",
      commandCount: 4,
    });
    expect(begun.failures).toEqual([]);
  });

  it("and that cannot be read ends the processor", async () => {
    let broken = false;
    const begun = await openProcessor({
      limits: cold,
      faults: {
        beforeRead: async () => {
          if (broken) throw new Error("no store");
          return "served";
        },
      },
    });
    await begun.apply(invoke(keyOf(1)));
    broken = true;
    await begun.apply(attempt(keyOf(1), [run(1)]));
    expect(begun.failures).toMatchObject([{ message: "no store" }]);
  });
});

describe("a commit that fails", () => {
  for (const fate of ["fail-before", "fail-after"] as const) {
    it(`(${fate}) stops the processor for good: none of its actions is taken, nothing more is applied`, async () => {
      const { apply, finishCommit, actions, failures, processor, commits } = await openGated();
      await apply(invoke(keyOf(1)));
      await apply(invoke(keyOf(2)));
      await finishCommit(0, fate);
      expect(failures).toMatchObject([{ code: "UNAVAILABLE" }]);
      expect(actions).toEqual([]);
      const before = processor.counters.records;
      await apply(invoke(keyOf(3)));
      expect(processor.counters.records).toBe(before);
      expect(commits).toHaveLength(1);
      await processor.close();
    });
  }

  it("is reported once", async () => {
    const { apply, finishCommit, failures } = await openGated({ limits: { cachedRowsMax: 0 } });
    await apply(invoke(keyOf(1)));
    await apply(invoke(keyOf(2)), attempt(keyOf(9), [run(1)]));
    await finishCommit(0, "fail-before");
    expect(failures).toHaveLength(1);
  });
});

describe("what cannot be written", () => {
  it("stops the partition, and leaves nothing in the rows of others", async () => {
    const first = await openProcessor();
    const [bad, good] = [keyOf(1), keyOf(2)];
    await first.apply(invoke(bad));
    const metadata = [{ key: "id", value: undefined as unknown as string }];
    const failure = { code: 500, message: "no", metadata };
    const result = { kind: "failure", failure } as const;
    await first.apply(attempt(bad, [{ kind: "output", name: "", result }, END]));
    expect(first.failures).toHaveLength(1);
    const second = await openProcessor({ disk: first.disk });
    await second.apply(invoke(good));
    const [bytes] = await second.store.getMany([invocationRows.rowKey(good)]);
    expect(bytes && invocationRows.decode(bytes, good)).toMatchObject({
      status: "invoked",
      output: undefined,
    });
  });

  it.each([-1, 1e20, Number.POSITIVE_INFINITY])("as a number of %d is not either", async (code) => {
    const { apply, failures } = await openProcessor();
    await apply(invoke(keyOf(1)));
    const result = { kind: "failure", failure: { code, message: "no" } } as const;
    await apply(attempt(keyOf(1), [{ kind: "output", name: "", result }, END]));
    expect(failures).toMatchObject([{ message: `a row cannot hold the number ${code}` }]);
  });
});

describe("a bug", () => {
  it("stops the processor and says so", async () => {
    const begun = await openProcessor();
    const broken = { ...invoke(keyOf(1)), kind: "nonsense" } as never;
    await begun.apply(broken);
    expect(begun.failures[0]).toBeInstanceOf(InvariantError);
    expect(begun.ports.lines).toMatchObject([{ level: "error" }]);
    await begun.apply(invoke(keyOf(2)));
    expect(begun.processor.counters.records).toBe(0);
  });

  it("a record that is never satisfied is one", async () => {
    const begun = await openProcessor();
    const record = attempt(keyOf(1), [run(1)]);
    Object.defineProperty(begun.processor, "row", { value: () => undefined });
    await begun.apply(record);
    expect(begun.failures).toMatchObject([{ message: expect.stringContaining("never satisfied") }]);
  });
});

describe("the queue", () => {
  it("has no room beyond its records, or beyond its bytes, until some are applied", async () => {
    const { processor, ports, apply } = await openGated({
      limits: { queueRecordsMax: 3, batchRecordsMax: 1, queueBytesMax: 100_000 },
    });
    await apply(invoke(keyOf(1)));
    await apply(invoke(keyOf(2)));
    for (const n of [3, 4]) processor.submit(invoke(keyOf(n)));
    await ports.settle();
    expect(processor.hasRoom).toBe(true);
    processor.submit(invoke(keyOf(5)));
    expect(processor.hasRoom).toBe(false);
    const wide = await openGated({ limits: { batchRecordsMax: 1, queueBytesMax: 100_000 } });
    await wide.apply(invoke(keyOf(1)), invoke(keyOf(2)));
    wide.processor.submit(invoke(keyOf(3), { input: new Uint8Array(60_000) }));
    expect(wide.processor.hasRoom).toBe(true);
    wide.processor.submit({ ...attempt(keyOf(3), []), bytesAbout: 50_000 });
    expect(wide.processor.hasRoom).toBe(false);
  });
});

describe("closing", () => {
  it("applies and commits what is queued", async () => {
    const { processor, store, ports } = await openProcessor();
    for (const record of invokes(1, 5)) processor.submit(record);
    const closed = processor.close();
    await ports.settle();
    await closed;
    expect(await rowCounts(store)).toMatchObject({ i: 5 });
    processor.submit(invoke(keyOf(9)));
    await ports.settle();
    expect(await rowCounts(store)).toMatchObject({ i: 5 });
  });

  it("waits for the commit that is in flight", async () => {
    const { processor, apply, finishCommit, ports } = await openGated();
    await apply(invoke(keyOf(1)));
    let closed = false;
    const closing = processor.close().then(() => {
      closed = true;
    });
    await ports.settle();
    expect(closed).toBe(false);
    await finishCommit(0);
    await closing;
    expect(closed).toBe(true);
  });

  it("is over at once when the processor is abandoned, and nothing is done any more", async () => {
    const { processor, apply, finishCommit, actions, ports, commits } = await openGated();
    await apply(invoke(keyOf(1)));
    await apply(invoke(keyOf(2)));
    const closing = processor.close();
    processor.abandon();
    await closing;
    await finishCommit(0);
    await ports.settle();
    expect(actions).toEqual([]);
    expect(commits).toHaveLength(1);
  });

  it("while a record waits for what it lacks does not hang", async () => {
    const { processor, apply, commits, finishCommit } = await openGated({
      limits: { hotInvocationsMax: 0 },
    });
    await apply(invoke(keyOf(1), { fresh: false }));
    await finishCommit(0);
    await apply(attempt(keyOf(1), [output(new Uint8Array(5000))]));
    await finishCommit(1);
    await apply(invoke(keyOf(2)), attempt(keyOf(1), [END]));
    processor.abandon();
    await finishCommit(commits.length - 1);
    expect(processor.counters.commits).toBe(commits.length);
  });
});
