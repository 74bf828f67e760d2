/** The invoker: how many attempts run, who gets the next slot, and that nobody waits for ever. */
import { type EngineRecord, invocationRows, type TimerId } from "@rejoin/engine";
import { Combinator } from "@rejoin/protocol";
import { describe, expect, it } from "vitest";
import type { Limits } from "../limits.ts";
import { FakeTransport } from "../testing/fake-stream.ts";
import { Host, type HostOptions } from "../testing/host.ts";
import { openProcessor } from "../testing/partition.ts";
import { END, Gate, invoke, keyOf, operate, output, run } from "../testing/records.ts";
import {
  AttemptCrash,
  all,
  first,
  future,
  type Handlers,
  type Script,
  type ScriptIo,
} from "../testing/script.ts";
import { Invoker } from "./invoker.ts";

const wait: Script = function* (io) {
  yield first(io.sleep(Number(io.text)));
  return io.text;
};

/** Three levels of `width` calls each; the leaves sleep. */
const treeOf = (width: number): Script =>
  function* (io) {
    const depth = Number(io.text);
    if (depth === 0) {
      yield first(io.sleep(20));
      return "1";
    }
    const ids = Array.from({ length: width }, () => io.call("tree", String(depth - 1)));
    yield all(...ids);
    return String(ids.reduce((sum, id) => sum + Number(io.take(id)), 0));
  };

async function withHost(
  options: Partial<HostOptions> & { readonly handlers: Handlers },
  work: (host: Host) => Promise<void>,
) {
  const host = await Host.start({ partitions: 1, ...options });
  try {
    await work(host);
    await host.ports.settle();
    expect(host.faults).toEqual([]);
  } finally {
    await host.close();
  }
}

describe("the bound of attempts", () => {
  it("is kept however many invocations there are, and all of them are served", async () => {
    await withHost({ handlers: { wait }, limits: { attemptsMax: 3 } }, async (host) => {
      const requests = Array.from({ length: 40 }, () => host.request("/S/wait", "10"));
      const answers = await host.until(Promise.all(requests));
      expect(answers.every(({ status }) => status === 200)).toBe(true);
      expect(host.endpoint.attemptsMax).toBeLessThanOrEqual(3);
    });
  });

  it("of one is enough", async () => {
    await withHost({ handlers: { tree: treeOf(2) }, limits: { attemptsMax: 1 } }, async (host) => {
      expect((await host.call("tree", "3")).text).toBe("8");
      expect(host.endpoint.attemptsMax).toBe(1);
    });
  });

  it("serves who came first first", async () => {
    const order: string[] = [];
    const handlers: Handlers = {
      *note(io) {
        order.push(io.text);
        yield first(io.sleep(10));
        return "";
      },
    };
    await withHost({ handlers, limits: { attemptsMax: 1 } }, async (host) => {
      const requests = ["a", "b", "c", "d", "e"].map((input) => host.request("/S/note", input));
      await host.until(Promise.all(requests));
      const firsts = order.filter((text, i) => order.indexOf(text) === i);
      expect(firsts).toEqual(["a", "b", "c", "d", "e"]);
    });
  });
});

describe("slots", () => {
  for (const version of [5, 6, 7] as const) {
    it(`are taken back from attempts that only await: 3 levels of 3 calls with 2 slots, version ${version}`, async () => {
      const options = { handlers: { tree: treeOf(3) }, limits: { attemptsMax: 2 }, version };
      await withHost(options, async (host) => {
        const before = host.ports.clock.now();
        expect((await host.call("tree", "3")).text).toBe("27");
        expect(host.endpoint.attemptsMax).toBeLessThanOrEqual(2);
        // Without reclaiming it would take an inactivity timeout of a minute for each level.
        expect(host.ports.clock.now() - before).toBeLessThan(30_000);
        expect(host.core.invoker.attemptCount).toBe(0);
      });
    });
  }

  it("are not taken back while nobody waits for one", async () => {
    await withHost({ handlers: { wait }, limits: { attemptsMax: 5 } }, async (host) => {
      const requests = [1, 2, 3].map(() => host.request("/S/wait", "5000"));
      await host.until(Promise.all(requests));
      expect(host.core.invoker.attemptsStarted).toBe(3);
    });
  });
});

describe("the queue of those who wait", () => {
  it("may overflow: who did not fit is found again in the store", async () => {
    const limits = { attemptsMax: 2, readyQueueMax: 5 };
    await withHost({ handlers: { wait }, limits }, async (host) => {
      const requests = Array.from({ length: 60 }, () => host.request("/S/wait", "10"));
      const answers = await host.until(Promise.all(requests));
      expect(answers).toHaveLength(60);
      expect(host.endpoint.attemptsMax).toBeLessThanOrEqual(2);
    });
  });

  it("may overflow with nothing of it in memory", async () => {
    const limits = {
      attemptsMax: 2,
      readyQueueMax: 3,
      hotInvocationsMax: 0,
      coldInvocationsMax: 0,
    };
    await withHost({ handlers: { tree: treeOf(4) }, limits }, async (host) => {
      expect((await host.call("tree", "2")).text).toBe("16");
    });
  });

  it("starts none of those that ended, paused or went on while they waited", async () => {
    const handlers: Handlers = {
      *parent(io) {
        const ids = Array.from({ length: 6 }, (_, i) => io.call("wait", String(i * 7)));
        yield all(...ids);
        return "all";
      },
      wait,
    };
    await withHost({ handlers, limits: { attemptsMax: 1 } }, async (host) => {
      expect((await host.call("parent", "p")).text).toBe("all");
      await host.rest();
      expect(host.core.invoker.readyCount).toBe(0);
    });
  });

  it("opens a burst in groups, all of it in the end", async () => {
    await withHost({ handlers: { wait } }, async (host) => {
      const requests = Array.from({ length: 350 }, () => host.request("/S/wait", "50"));
      await host.until(Promise.all(requests));
      expect(host.core.invoker.attemptsStarted).toBe(350);
      expect(host.endpoint.attemptsMax).toBe(350);
    });
  });
});

describe("a failed attempt", () => {
  it("is reported once, and is tried again only by its timer", async () => {
    const starts: number[] = [];
    const handlers: Handlers = {
      broken(io) {
        starts.push(io.now());
        if (io.attempt < 4) throw new AttemptCrash();
        return "mended";
      },
    };
    await withHost({ handlers }, async (host) => {
      expect((await host.call("broken", "")).text).toBe("mended");
      expect(starts).toHaveLength(4);
      for (const [i, base] of [500, 1000, 2000].entries()) {
        const delay = (starts[i + 1] ?? 0) - (starts[i] ?? 0);
        expect(delay).toBeGreaterThanOrEqual(base + 3);
        expect(delay).toBeLessThanOrEqual(base * 1.3 + 1);
      }
      const warnings = host.ports.lines.filter(({ level }) => level === "warn");
      expect(warnings).toHaveLength(3);
    });
  });

  it("after a retry replays all that the failed one had sent", async () => {
    const seen: number[] = [];
    const handlers: Handlers = {
      *steps(io) {
        const ids = [1, 2, 3, 4, 5].map((n) => io.run(() => String(n)));
        seen.push(ids.filter((id) => io.result(id) !== undefined).length);
        if (io.attempt === 1) throw new AttemptCrash();
        yield all(...ids);
        return ids.map((id) => io.take(id)).join("");
      },
    };
    await withHost({ handlers }, async (host) => {
      expect((await host.call("steps", "")).text).toBe("12345");
      expect(seen).toEqual([0, 5]);
    });
  });

  it("of a handler that its deployment does not have is retried", async () => {
    await withHost({ handlers: { wait } }, async (host) => {
      const { open } = host.endpoint;
      let missing = true;
      host.endpoint.open = (...args: Parameters<typeof open>) => {
        if (missing) throw new Error("no handler S/wait");
        return open.apply(host.endpoint, args);
      };
      const request = host.request("/S/wait", "1");
      await host.ports.advance(700);
      missing = false;
      expect((await host.until(request)).text).toBe("1");
    });
  });
});

describe("a handler that is silent", () => {
  const mute: Script = function* (io: ScriptIo) {
    if (io.attempt > 1) return "spoke";
    yield first(io.sleep(1_000_000));
    return "never";
  };

  it("suspends when it is asked to, and costs no attempt while it waits", async () => {
    const handlers: Handlers = { mute: { script: mute, inactivityTimeout: 1000 } };
    await withHost({ handlers }, async (host) => {
      await host.send("mute", "");
      await host.ports.advance(3000);
      expect((await host.invocations())[0]).toMatchObject({ status: "suspended" });
      expect(host.core.invoker.attemptCount).toBe(0);
    });
  });

  it("and does not even suspend is aborted with RT0001 and tried again", async () => {
    const handlers: Handlers = {
      stuck: {
        *script(io) {
          if (io.attempt === 1) {
            // Awaits what never comes, and pretends not to hear that it should suspend.
            Object.assign(io, { closeInput: () => undefined });
            yield future(Combinator.firstCompleted, [99]);
          }
          return "unstuck";
        },
        inactivityTimeout: 1000,
        abortTimeout: 2000,
      },
    };
    await withHost({ handlers }, async (host) => {
      const request = host.request("/S/stuck", "");
      await host.ports.advance(3300);
      expect((await host.invocations())[0]?.lastFailure).toMatchObject({ docCode: "RT0001" });
      expect((await host.until(request)).text).toBe("unstuck");
    });
  });
});

/** Sleeps are fired by the tests themselves. */
function isRetry({ id }: TimerId): boolean {
  return id > 0xffff_0000;
}

/** An invoker over a real processor, with streams that the test plays the endpoint of. */
async function openInvoker(options: { readonly limits?: Partial<Limits> } = {}) {
  const begun = await openProcessor({ ...options });
  const { ports, processor, store, limits } = begun;
  const transport = new FakeTransport();
  let taken = 0;
  let routed = true;
  const reports: unknown[] = [];
  const invoker: Invoker = new Invoker({
    ports,
    limits,
    route: () =>
      routed
        ? {
            kind: "deployment",
            pin: { deploymentId: "d", protocolVersion: 7 },
            transport,
            inactivityTimeoutMs: 60_000,
            abortTimeoutMs: 600_000,
            lazyState: false,
          }
        : {
            kind: "none",
            failure: { code: 500, message: "not there", stacktrace: "", docCode: "RT0011" },
          },
    partitions: {
      submit: (_, record, applied) => processor.submit(record, applied),
      committed: (key) => processor.committed(key),
      latest: (key) => processor.row(invocationRows, key),
      load: async (keys) => {
        const values = await store.getMany(keys.map((key) => invocationRows.rowKey(key)));
        return keys.map((key, i) => values[i] && invocationRows.decode(values[i], key));
      },
      reads: () => store,
      partitionOf: () => 0,
      rescan: () => reports.push("rescan"),
    },
  });
  /** Lets everything happen that follows from what was done, actions included. */
  const settle = async () => {
    for (let i = 0; i < 20; i++) {
      await ports.settle();
      const next = begun.actions.slice(taken);
      taken = begun.actions.length;
      if (next.length === 0) return;
      for (const action of next) {
        if (action.kind === "setTimer" && isRetry(action.timer)) {
          const { timer } = action;
          const fire = () => processor.submit({ kind: "timer", timer });
          ports.timers.after(timer.timeMs - ports.clock.now(), fire);
        }
      }
      invoker.act(next);
    }
  };
  const submit = async (...records: readonly EngineRecord[]) => {
    for (const record of records) processor.submit(record);
    await settle();
  };
  const advance = async (ms: number) => {
    await ports.advance(ms);
    await settle();
  };
  const stream = (n: number) => {
    const found = transport.streams[n];
    if (found === undefined) throw new Error(`stream ${n} has not been opened`);
    return found;
  };
  const setRouted = (value: boolean) => {
    routed = value;
  };
  return { ...begun, transport, invoker, submit, settle, advance, stream, setRouted };
}

const firstOf = (...completions: readonly number[]) =>
  future(Combinator.firstCompleted, completions);

describe("an attempt", () => {
  it("is not asked for its slot while code of it may be running", async () => {
    const { submit, settle, stream, transport } = await openInvoker({ limits: { attemptsMax: 1 } });
    await submit(invoke(keyOf(1)), invoke(keyOf(2)));
    expect(transport.streams).toHaveLength(1);
    stream(0).awaits(firstOf(9), true);
    await settle();
    expect(stream(0).inputClosed).toBe(false);
    stream(0).awaits(firstOf(9), false);
    await settle();
    expect(stream(0).inputClosed).toBe(true);
    stream(0).says({ kind: "suspension", awaitingOn: firstOf(9) });
    stream(0).listener.onEnd();
    await settle();
    expect(stream(1).request.key).toBe(keyOf(2));
  });

  it("has its slot until what it sent has been applied and its stream has ended", async () => {
    const { submit, settle, stream, transport } = await openInvoker({ limits: { attemptsMax: 1 } });
    await submit(invoke(keyOf(1)), invoke(keyOf(2)));
    stream(0).says(output(), END);
    await settle();
    expect(transport.streams).toHaveLength(1);
    stream(0).listener.onEnd();
    await settle();
    expect(transport.streams).toHaveLength(2);
  });

  it("gives way to a newer start of its invocation, and its late words are refused", async () => {
    const { submit, settle, stream, transport, advance, processor } = await openInvoker();
    await submit(invoke(keyOf(1)));
    stream(0).says(run(1), { kind: "error", code: 500, message: "x", stacktrace: "", behavior: 0 });
    await settle();
    expect(stream(0).aborted).toBe("x");
    await advance(1000);
    expect(transport.streams).toHaveLength(2);
    stream(0).says(output(), END);
    stream(0).listener.onEnd();
    await settle();
    expect(processor.row(invocationRows, keyOf(1))).toMatchObject({ status: "invoked", starts: 2 });
    expect(stream(1).messages.map(({ kind }) => kind)).toEqual(["start", "input", "run"]);
  });

  it("that has failed is not started again before the partition has taken note of it", async () => {
    const { submit, settle, stream, transport, invoker, processor } = await openInvoker();
    await submit(invoke(keyOf(1)));
    const invocation = processor.committed(keyOf(1));
    if (invocation === undefined || invocation === null) throw new Error("it is not in memory");
    stream(0).listener.onEnd({ code: 500, message: "gone", stacktrace: "", docCode: "RT0010" });
    // What a rescan of the store would ask for.
    invoker.act([{ kind: "start", invocation }]);
    await settle();
    expect(transport.streams).toHaveLength(1);
    expect(processor.row(invocationRows, keyOf(1))).toMatchObject({ retryCount: 1, starts: 2 });
  });

  it("that has suspended is not started again before that is durable", async () => {
    const { submit, settle, stream, transport, invoker, processor } = await openInvoker();
    await submit(invoke(keyOf(1)));
    const invocation = processor.committed(keyOf(1));
    if (invocation === undefined || invocation === null) throw new Error("it is not in memory");
    stream(0).says({ kind: "suspension", awaitingOn: firstOf(9) });
    stream(0).listener.onEnd();
    await Promise.resolve();
    expect(processor.row(invocationRows, keyOf(1))).toMatchObject({ status: "suspended" });
    expect(processor.committed(keyOf(1))).toMatchObject({ status: "invoked" });
    invoker.act([{ kind: "start", invocation }]);
    await settle();
    expect(transport.streams).toHaveLength(1);
  });

  it("that nobody can drive fails with the reason, and is tried again", async () => {
    const { submit, transport, advance, setRouted, processor } = await openInvoker();
    setRouted(false);
    await submit(invoke(keyOf(1)));
    expect(transport.streams).toEqual([]);
    expect(processor.row(invocationRows, keyOf(1))).toMatchObject({
      lastFailure: { docCode: "RT0011" },
    });
    setRouted(true);
    await advance(1000);
    expect(transport.streams).toHaveLength(1);
  });
});

describe("a pause", () => {
  const pause = (n: number): EngineRecord => operate(keyOf(n), { kind: "pause" });
  const resume = (n: number): EngineRecord =>
    operate(keyOf(n), { kind: "resume", deployment: "keep" });

  it("closes the input of an open attempt, and is done when that has suspended", async () => {
    const { submit, settle, stream, processor } = await openInvoker();
    await submit(invoke(keyOf(1)));
    await submit(pause(1));
    expect(stream(0).inputClosed).toBe(true);
    expect(processor.row(invocationRows, keyOf(1))).toMatchObject({ status: "invoked" });
    stream(0).says({ kind: "suspension", awaitingOn: firstOf(9) });
    stream(0).listener.onEnd();
    await settle();
    expect(processor.row(invocationRows, keyOf(1))).toMatchObject({ status: "paused" });
  });

  it("of one that waits for a slot is done at once, and it is not started when there is one", async () => {
    const begun = await openInvoker({ limits: { attemptsMax: 1 } });
    const { submit, settle, stream, transport, processor } = begun;
    await submit(invoke(keyOf(1)), invoke(keyOf(2)));
    await submit(pause(2));
    expect(processor.row(invocationRows, keyOf(2))).toMatchObject({ status: "paused" });
    stream(0).says(output(), END);
    stream(0).listener.onEnd();
    await settle();
    expect(transport.streams).toHaveLength(1);
    await submit(resume(2));
    expect(stream(1).request.key).toBe(keyOf(2));
  });

  it("that is taken back while the invoker lets go of it leaves it with an attempt", async () => {
    const begun = await openInvoker({ limits: { attemptsMax: 1 } });
    const { submit, settle, stream, transport, invoker, processor } = begun;
    await submit(invoke(keyOf(1)), invoke(keyOf(2)));
    processor.submit(pause(2));
    processor.submit(resume(2));
    await settle();
    expect(processor.row(invocationRows, keyOf(2))).toMatchObject({
      status: "invoked",
      pausing: false,
    });
    expect(invoker.readyCount).toBeGreaterThan(0);
    stream(0).says(output(), END);
    stream(0).listener.onEnd();
    await settle();
    expect(transport.streams).toHaveLength(2);
    expect(stream(1).request.key).toBe(keyOf(2));
  });

  it("of one whose attempt has just failed is done by the failure", async () => {
    const { submit, stream, settle, processor } = await openInvoker();
    await submit(invoke(keyOf(1)));
    stream(0).listener.onEnd({ code: 500, message: "gone", stacktrace: "", docCode: "RT0010" });
    await submit(pause(1));
    await settle();
    expect(processor.row(invocationRows, keyOf(1))).toMatchObject({ status: "paused" });
  });
});

describe("a resume", () => {
  const REPLAY_MS = 300;

  /**
   * Replays a journal slowly and suspends, then quickly and suspends; gives how long the resume
   * after each was held back.
   */
  async function resumeAfterReplay(replayMs: number): Promise<number[]> {
    const { submit, settle, stream, transport, advance, ports } = await openInvoker();
    const key = keyOf(1);
    const due = ports.clock.now() + 50;
    const fire = (id: number) =>
      submit({ kind: "timer", timer: { timeMs: due + id, invocation: key, id, bornIn: 1 } });
    const suspendOn = async (n: number, id: number) => {
      stream(n).says({ kind: "suspension", awaitingOn: firstOf(id) });
      stream(n).listener.onEnd();
      await settle();
    };
    const timeOfResume = async (id: number) => {
      const [before, count] = [ports.clock.now(), transport.streams.length];
      await fire(id);
      for (let i = 0; i < 200 && transport.streams.length === count; i++) {
        await advance(replayMs / 50 + 1);
      }
      return ports.clock.now() - before;
    };
    await submit(invoke(key));
    stream(0).says(
      ...[1, 2, 3].map(
        (id) =>
          ({ kind: "sleep", name: "", wakeUpTime: due + id, resultCompletionId: id }) as const,
      ),
    );
    await settle();
    await suspendOn(0, 1);
    const full = new Gate();
    const { open } = transport;
    transport.open = (...args) => {
      const opened = open.apply(transport, args);
      opened.full = full;
      return opened;
    };
    await fire(1);
    transport.open = open;
    await advance(replayMs);
    stream(1).full = undefined;
    full.open();
    await settle();
    await suspendOn(1, 2);
    const afterSlow = await timeOfResume(2);
    await suspendOn(2, 3);
    return [afterSlow, await timeOfResume(3)];
  }

  it("is held back for as long as the last replay took", async () => {
    const [heldMs] = await resumeAfterReplay(REPLAY_MS);
    expect(heldMs).toBeGreaterThanOrEqual(REPLAY_MS);
    expect(heldMs).toBeLessThanOrEqual(REPLAY_MS * 1.1 + 5);
  });

  it("is not held back for a replay before the last one", async () => {
    const [, heldMs] = await resumeAfterReplay(REPLAY_MS);
    expect(heldMs).toBe(0);
  });

  it("is not held back for more than 5 seconds", async () => {
    const [heldMs] = await resumeAfterReplay(60_000);
    expect(heldMs).toBeGreaterThanOrEqual(5000);
    expect(heldMs).toBeLessThanOrEqual(6300);
  });

  it("is not held back where replays take no time", async () => {
    const handlers: Handlers = {
      looper: {
        *script(io) {
          for (let i = 0; i < 20; i++) yield first(io.sleep(10));
          return "through";
        },
        inactivityTimeout: 0,
      },
    };
    await withHost({ handlers }, async (host) => {
      const before = host.ports.clock.now();
      expect((await host.call("looper", "")).text).toBe("through");
      expect(host.ports.clock.now() - before).toBeLessThan(400);
    });
  });
});

describe("the end of a partition's epoch", () => {
  it("aborts its attempts and forgets whom it held back; what they say then is not heard", async () => {
    const { submit, settle, stream, invoker, processor } = await openInvoker();
    await submit(invoke(keyOf(1)), invoke(keyOf(2)));
    invoker.drop(0, "the partition has failed");
    expect([stream(0).aborted, stream(1).aborted]).toEqual([
      "the partition has failed",
      "the partition has failed",
    ]);
    expect(invoker.attemptCount).toBe(0);
    const before = processor.counters.records;
    stream(0).says(output(), END);
    stream(0).listener.onEnd();
    await settle();
    expect(processor.counters.records).toBe(before);
  });

  it("lets the next epoch start them again with the same number", async () => {
    const { submit, invoker, stream, transport } = await openInvoker();
    await submit(invoke(keyOf(1)));
    invoker.drop(0, "the partition has failed");
    await submit({ kind: "recover", keys: [keyOf(1)] });
    expect(transport.streams).toHaveLength(2);
    expect(stream(1).request.key).toBe(keyOf(1));
  });
});

describe("draining", () => {
  it("asks every attempt to suspend and starts nothing more", async () => {
    await withHost({ handlers: { wait } }, async (host) => {
      const requests = [1, 2, 3].map(() => host.request("/S/wait", "60000"));
      for (const request of requests) request.catch(() => undefined);
      await host.ports.settle();
      let drained = false;
      host.core.invoker.drain(() => {
        drained = true;
      });
      await host.ports.settle();
      expect(drained).toBe(true);
      expect((await host.invocations()).map(({ status }) => status)).toEqual([
        "suspended",
        "suspended",
        "suspended",
      ]);
      await host.send("wait", "1");
      await host.ports.advance(1000);
      expect(host.core.invoker.attemptCount).toBe(0);
    });
  });
});
