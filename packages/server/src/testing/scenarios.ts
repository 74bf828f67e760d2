/** The scenarios of the engine's suite: what happens, and what is promised about it. */
import { Combinator, type ProtocolVersion } from "@rejoin/protocol";
import { expect } from "vitest";
import { OPERATED } from "./operated-scenarios.ts";
import { keyed, type Scenario, SUSPENDS } from "./scenario.ts";
import {
  AttemptCrash,
  all,
  first,
  future,
  type Script,
  ScriptFailure,
  type ScriptIo,
} from "./script.ts";
import { STATEFUL } from "./stateful-scenarios.ts";

const echo: Script = (io) => {
  return io.text;
};

const double: Script = (io) => {
  return String(Number(io.text) * 2);
};

function callAll(io: ScriptIo, handler: string, count: number, spread: boolean): number[] {
  return Array.from({ length: count }, (_, i) =>
    io.call(handler, String(i), spread ? keyed(io, i) : {}),
  );
}

function sum(io: ScriptIo, ids: readonly number[]): string {
  return String(ids.reduce((total, id) => total + Number(io.take(id)), 0));
}

function patterned(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + seed * (i >>> 8) + seed) & 0xff;
  return bytes;
}

/** The sum of 0 to 49, doubled. */
const SUM = "2450";

const fanOut = (spread: boolean): Script =>
  function* (io) {
    const ids = callAll(io, "double", 50, spread);
    yield all(...ids);
    return sum(io, ids);
  };

const SIMPLE: readonly Scenario[] = [
  {
    name: "a handler that answers at once",
    handlers: { echo },
    local: true,
    run: async (host) => {
      expect(await host.call("echo", "hello")).toMatchObject({ status: 200, text: "hello" });
      expect(await host.call("echo", "")).toMatchObject({ status: 200, text: "" });
      await host.rest();
    },
  },
  {
    name: "a chain of calls",
    handlers: {
      *chain(io) {
        const left = Number(io.text);
        if (left === 0) return "end";
        const id = io.call("chain", String(left - 1), { idempotencyKey: `chain/${left - 1}` });
        yield first(id);
        return `${left} ${io.take(id)}`;
      },
    },
    run: async (host) => {
      expect((await host.call("chain", "8")).text).toBe("8 7 6 5 4 3 2 1 end");
      await host.rest();
    },
  },
  {
    name: "a fan-out over 50 callees in all partitions",
    handlers: { fan: fanOut(true), double },
    run: async (host) => {
      expect((await host.call("fan", "x")).text).toBe(SUM);
      await host.rest();
    },
  },
  {
    name: "a fan-out over 50 callees without keys, which stay with their caller",
    handlers: { fan: fanOut(false), double },
    local: true,
    run: async (host) => {
      expect((await host.call("fan", "x")).text).toBe(SUM);
      const [parent, ...rest] = new Set(
        (await host.invocations()).map(({ key }) => host.core.partitionOf(key)),
      );
      expect(parent).toBeDefined();
      expect(rest).toEqual([]);
    },
  },
  {
    name: "a fan-out whose parent is suspended for all of it",
    handlers: { fan: { script: fanOut(true), ...SUSPENDS }, double },
    run: async (host) => {
      expect((await host.call("fan", "x")).text).toBe(SUM);
      await host.rest();
    },
  },
  {
    name: "thirty requests at the same time",
    handlers: {
      *twice(io) {
        const id = io.call("double", io.text, keyed(io, "d"));
        yield first(id);
        return io.take(id);
      },
      double,
    },
    run: async (host) => {
      const requests = Array.from({ length: 30 }, (_, i) => host.request("/S/twice", String(i)));
      const answers = await host.until(Promise.all(requests));
      expect(answers.map((answer) => answer.text)).toEqual(
        Array.from({ length: 30 }, (_, i) => String(2 * i)),
      );
    },
  },
];

const shared = { idempotencyKey: "shared" } as const;

const IDEMPOTENT: readonly Scenario[] = [
  {
    name: "one callee called with the same key by five callers, twice each",
    handlers: {
      *caller(io) {
        const ids = [io.call("work", "same", shared), io.call("work", "same", shared)];
        yield all(...ids);
        return ids.map((id) => io.take(id)).join("+");
      },
      *work(io) {
        yield first(io.sleep(50));
        return `done ${io.attempt}`;
      },
    },
    run: async (host) => {
      const requests = [1, 2, 3, 4, 5].map((n) => host.request("/S/caller", String(n)));
      for (const answer of await host.until(Promise.all(requests))) {
        expect(answer.text).toBe("done 1+done 1");
      }
      const work = (await host.invocations()).filter(({ target }) => target.handler === "work");
      expect(work).toHaveLength(1);
    },
  },
  {
    name: "sends and calls to one id: one execution, whoever comes first",
    handlers: {
      *sender(io) {
        io.send("work", "same", shared);
        const id = io.call("work", "same", shared);
        io.send("work", "same", shared);
        yield first(id);
        return io.take(id);
      },
      work() {
        return "once";
      },
    },
    run: async (host) => {
      const requests = [1, 2, 3].map((n) => host.request("/S/sender", String(n)));
      const sends = [1, 2].map(() => host.request("/S/work/send", "same", shared));
      const answers = await host.until(Promise.all([...requests, ...sends]));
      expect(answers.slice(0, 3).map(({ text }) => text)).toEqual(["once", "once", "once"]);
      expect(answers.slice(3).map(({ status }) => status)).toEqual([202, 202]);
      await host.rest();
      const again = await host.send("work", "same", shared);
      expect(again.text).toContain("PreviouslyAccepted");
      expect(
        (await host.invocations()).filter(({ target }) => target.handler === "work"),
      ).toHaveLength(1);
    },
  },
  {
    name: "requests of the ingress with the same key, while it runs and afterwards",
    handlers: {
      *work(io) {
        yield first(io.sleep(100));
        return `result of ${io.text}`;
      },
    },
    local: true,
    run: async (host) => {
      const options = { idempotencyKey: "once" };
      const requests = ["a", "b", "c"].map((input) => host.request("/S/work", input, options));
      const answers = await host.until(Promise.all(requests));
      expect(new Set(answers.map(({ text }) => text))).toEqual(new Set(["result of a"]));
      for (const { headers } of answers) expect(headers["idempotency-expires"]).toBeUndefined();
      const later = await host.call("work", "d", options);
      expect(later.text).toBe("result of a");
      expect(later.headers["idempotency-expires"]).toBeDefined();
    },
  },
  {
    name: "a diamond: two branches call the same callee",
    handlers: {
      *top(io) {
        const ids = [
          io.call("branch", "l", keyed(io, "l")),
          io.call("branch", "r", keyed(io, "r")),
        ];
        yield all(...ids);
        return ids.map((id) => io.take(id)).join(" ");
      },
      *branch(io) {
        const id = io.call("bottom", "b", shared);
        yield first(id);
        return `${io.text}:${io.take(id)}`;
      },
      *bottom(io) {
        yield first(io.sleep(5));
        return `b${io.attempt}`;
      },
    },
    run: async (host) => {
      expect((await host.call("top", "t")).text).toBe("l:b1 r:b1");
      await host.rest();
    },
  },
  {
    name: "calls to callees that have completed long ago, with large results",
    handlers: {
      *parent(io) {
        const ids = Array.from({ length: 20 }, (_, i) =>
          io.call("make", String(i), { idempotencyKey: `made/${i}` }),
        );
        yield all(...ids);
        return String(ids.reduce((total, id) => total + io.takeBytes(id).length, 0));
      },
      make(io) {
        return patterned(3000 + Number(io.text));
      },
    },
    run: async (host) => {
      expect((await host.call("parent", "1")).text).toBe("60190");
      expect((await host.call("parent", "2")).text).toBe("60190");
      expect(
        (await host.invocations()).filter(({ target }) => target.handler === "make"),
      ).toHaveLength(20);
    },
  },
  {
    name: "attach and output from outside",
    handlers: {
      *slow(io) {
        yield first(io.sleep(1000));
        return "slow result";
      },
    },
    local: true,
    run: async (host) => {
      const sent = await host.send("slow", "s");
      const { invocationId } = JSON.parse(sent.text) as { invocationId: string };
      expect((await host.get(`/restate/output/${invocationId}`)).status).toBe(470);
      const attached = [1, 2].map(() => host.request(`/restate/attach/${invocationId}`, undefined));
      for (const answer of await host.until(Promise.all(attached))) {
        expect(answer).toMatchObject({ status: 200, text: "slow result" });
      }
      expect((await host.get(`/restate/output/${invocationId}`)).text).toBe("slow result");
      const unknown = `${invocationId.slice(0, -3)}AAA`;
      expect((await host.get(`/restate/attach/${unknown}`)).status).toBe(404);
    },
  },
];

const TIME: readonly Scenario[] = [
  {
    name: "delayed sends, of a handler and of the ingress",
    handlers: {
      sender(io) {
        for (const delay of [300, 100, 200]) {
          io.send("late", String(delay), { ...keyed(io, delay), delayMs: delay });
        }
        return "sent";
      },
      late: echo,
    },
    run: async (host) => {
      const before = host.ports.clock.now();
      expect((await host.call("sender", "s")).text).toBe("sent");
      expect(host.ports.clock.now() - before).toBeLessThan(100);
      const sent = await host.send("late", "outside", { idempotencyKey: "out", delay: "500ms" });
      expect(sent.text).toContain("executionTime");
      await host.rest();
      const late = (await host.invocations()).filter(({ target }) => target.handler === "late");
      expect(late).toHaveLength(4);
      for (const { completedAt, scheduledFor } of late) {
        expect(completedAt).toBeGreaterThanOrEqual(scheduledFor);
        expect(completedAt - scheduledFor).toBeLessThan(100);
      }
    },
  },
  {
    name: "sleeps one after the other and side by side, awake and suspended",
    handlers: {
      *sleeper(io) {
        yield first(io.sleep(50));
        yield all(io.sleep(300), io.sleep(100), io.sleep(200));
        yield first(io.sleep(90_000));
        return "rested";
      },
    },
    local: true,
    run: async (host) => {
      const before = host.ports.clock.now();
      expect((await host.call("sleeper", "z")).text).toBe("rested");
      expect(host.ports.clock.now() - before).toBeGreaterThanOrEqual(90_350);
    },
  },
  {
    name: "a race of a call and a timeout; the loser's result comes late",
    handlers: {
      *racer(io) {
        const id = io.call("slow", "s", keyed(io, "slow"));
        const timeout = io.sleep(100);
        yield first(id, timeout);
        return io.result(id) === undefined ? "timed out" : "answered";
      },
      *slow(io) {
        yield first(io.sleep(400));
        return "too late";
      },
    },
    run: async (host) => {
      const requests = [1, 2, 3].map((n) => host.request("/S/racer", String(n)));
      for (const answer of await host.until(Promise.all(requests))) {
        expect(answer.text).toBe("timed out");
      }
      await host.rest();
    },
  },
];

const progress: Script = function* (io) {
  const done = io.run(() => "once");
  yield first(done);
  if (io.attempt < 3) throw new AttemptCrash();
  return `after ${io.attempt} attempts: ${io.take(done)}`;
};

const FAILURES: readonly Scenario[] = [
  {
    name: "an attempt that breaks twice after progress: it replays and goes on",
    handlers: { progress },
    local: true,
    run: async (host) => {
      expect((await host.call("progress", "p")).text).toBe("after 3 attempts: once");
    },
  },
  {
    name: "errors with a delay of their own",
    handlers: {
      flaky(io) {
        if (io.attempt < 5) {
          io.error({ nextRetryDelayMs: 1000 });
          return undefined;
        }
        return `attempt ${io.attempt}`;
      },
    },
    defaults: { retryPolicy: { ...retryPolicy(), maxAttempts: 2 } },
    local: true,
    run: async (host) => {
      const before = host.ports.clock.now();
      expect((await host.call("flaky", "f")).text).toBe("attempt 5");
      expect(host.ports.clock.now() - before).toBeGreaterThanOrEqual(4000);
      expect((await host.invocations())[0]).toMatchObject({ retryCount: 0 });
    },
  },
  {
    name: "an endpoint that pauses its invocation: the caller waits",
    handlers: {
      *parent(io) {
        const id = io.call("paused", "p", keyed(io, "p"));
        yield first(id);
        return "never";
      },
      *paused(io) {
        io.run(() => "kept");
        io.error({ behavior: 1, message: "look at me" });
        return undefined;
      },
    },
    run: async (host) => {
      await host.send("parent", "p", { idempotencyKey: "parent" });
      await host.ports.advance(120_000);
      await host.rest("paused", "suspended");
      const byHandler = new Map(
        (await host.invocations()).map(({ target, status }) => [target.handler, status]),
      );
      expect(byHandler).toEqual(
        new Map([
          ["parent", "suspended"],
          ["paused", "paused"],
        ]),
      );
    },
  },
  {
    name: "a kill when the attempts are used up: the caller gets the last error",
    handlers: {
      *parent(io) {
        const id = io.call("broken", "b", keyed(io, "b"));
        yield first(id);
        return io.take(id);
      },
      broken: {
        script(io) {
          io.error({ code: 503, message: `E${io.attempt}` });
          return undefined;
        },
        retryPolicyMaxAttempts: 3,
        retryPolicyOnMaxAttempts: "KILL",
      },
    },
    run: async (host) => {
      const requests = ["k", "l", "m"].map((input) => host.request("/S/parent", input));
      for (const answer of await host.until(Promise.all(requests))) {
        expect(answer.status).toBe(503);
        expect(answer.text).toContain("E3");
      }
      await host.rest();
    },
  },
  {
    name: "a pause when the attempts are used up",
    handlers: {
      broken: {
        script() {
          throw new AttemptCrash();
        },
        retryPolicyMaxAttempts: 2,
      },
    },
    local: true,
    run: async (host) => {
      await host.send("broken", "b");
      await host.rest("paused");
      expect((await host.invocations())[0]).toMatchObject({
        retryCount: 2,
        lastFailure: { docCode: "RT0007" },
      });
    },
  },
  {
    name: "a terminal failure through three levels",
    handlers: {
      *top(io) {
        const id = io.call("middle", "m", keyed(io, "m"));
        yield first(id);
        return io.take(id);
      },
      *middle(io) {
        const id = io.call("bottom", "b", keyed(io, "b"));
        yield first(id);
        return io.take(id);
      },
      bottom() {
        throw new ScriptFailure({
          code: 418,
          message: "teapot",
          metadata: [{ key: "size", value: "small" }],
        });
      },
    },
    run: async (host) => {
      const answer = await host.call("top", "t");
      expect(answer.status).toBe(418);
      expect(JSON.parse(answer.text)).toMatchObject({
        code: 418,
        message: "teapot",
        metadata: { size: "small" },
      });
      const results = (await host.invocations()).map(({ output }) => output?.kind);
      expect(results).toEqual(["failure", "failure", "failure"]);
    },
  },
  {
    name: "a call of what does not exist: retried, then paused",
    handlers: {
      lost: {
        *script(io) {
          io.run(() => "before");
          const id = io.call("nowhere", "n");
          yield first(id);
          return io.take(id);
        },
        retryPolicyMaxAttempts: 3,
      },
    },
    local: true,
    run: async (host) => {
      await host.send("lost", "l");
      await host.rest("paused");
      const [lost] = await host.invocations();
      expect(lost).toMatchObject({ lastFailure: { docCode: "RT0018" }, childrenStarted: 0 });
      if (lost === undefined) return;
      const journal = await host.journal(lost.key);
      expect(journal.map((message) => message.kind)).toEqual(["run", "runCompletion"]);
    },
  },
  {
    name: "two outputs, the first large: the last one wins",
    handlers: {
      *parent(io) {
        const ids = [1, 2].map((n) => io.call("both", String(n), keyed(io, n)));
        yield all(...ids);
        return ids.map((id) => io.take(id)).join(" ");
      },
      both(io) {
        io.output(patterned(1_500_000));
        if (io.text === "1" && io.attempt === 1) throw new AttemptCrash();
        return `second of ${io.text}`;
      },
    },
    run: async (host) => {
      expect((await host.call("parent", "o")).text).toBe("second of 1 second of 2");
      await host.rest();
    },
  },
];

function retryPolicy() {
  return {
    initialIntervalMs: 100,
    exponentiationFactor: 2,
    maxIntervalMs: 1000,
    maxAttempts: 70,
    onMaxAttempts: "pause",
  } as const;
}

const SIZES = [0, 2048, 2049, 65_530, 70_000, 1_048_576, 1_100_000];

const LARGE: readonly Scenario[] = [
  {
    name: "large payloads there and back, in journals, arguments and results",
    handlers: {
      *parent(io) {
        const kept = io.run(() => patterned(80_000, 3));
        const ids = SIZES.map((size) => io.call("mirror", patterned(size), keyed(io, size)));
        yield all(kept, ...ids);
        for (const [i, size] of SIZES.entries()) {
          const result = io.takeBytes(ids[i] ?? 0);
          if (Buffer.compare(result, patterned(size)) !== 0) return `${size} bytes came back wrong`;
        }
        return io.takeBytes(kept);
      },
      mirror(io) {
        return io.input;
      },
    },
    run: async (host) => {
      const answer = await host.call("parent", "l");
      expect(answer.bytes.length).toBe(80_000);
      expect(Buffer.compare(answer.bytes, patterned(80_000, 3))).toBe(0);
      await host.rest();
    },
  },
];

/** all( first(a, b), c, d ): needs c and d, and the quicker one of a and b. */
const tree: Script = function* (io) {
  const [a, b, c, d] = ["30", "300", "80", "50"].map((ms) =>
    io.call("wait", ms, keyed(io, ms)),
  ) as [number, number, number, number];
  yield future(Combinator.allCompleted, [c, d], [first(a, b)]);
  // Journaled: when this is replayed, all of them are there.
  const when = io.run(() => (io.result(b) === undefined ? "early" : "late"));
  yield all(b, when);
  return [when, a, b, c, d].map((id) => io.take(id)).join(" ");
};

const wait: Script = function* (io) {
  yield first(io.sleep(Number(io.text)));
  return io.text;
};

const runs: Script = function* (io) {
  const asked = io.run(() => "acknowledged");
  yield first(asked);
  const told = io.run(() => "told", { requestAck: false });
  const both = [
    io.run(() => "x"),
    ...["5", "6", "7"].map((ms) => io.call("wait", ms, keyed(io, ms))),
  ];
  yield all(told, ...both);
  return [asked, told, ...both].map((id) => io.take(id)).join(" ");
};

function onVersion(version: ProtocolVersion): readonly Scenario[] {
  return [
    {
      name: `a suspended parent that awaits a tree, version ${version}`,
      handlers: { tree: { script: tree, ...SUSPENDS }, wait },
      version,
      run: async (host) => {
        expect((await host.call("tree", "t")).text).toBe("early 30 300 80 50");
        await host.rest();
      },
    },
    {
      name: `an open parent that awaits a tree, version ${version}`,
      handlers: { tree, wait },
      version,
      run: async (host) => {
        expect((await host.call("tree", "t")).text).toBe("early 30 300 80 50");
        await host.rest();
      },
    },
    {
      name: `runs, acknowledged and told, version ${version}`,
      handlers: { runs, wait },
      version,
      run: async (host) => {
        expect((await host.call("runs", "r")).text).toBe("acknowledged told x 5 6 7");
        await host.rest();
      },
    },
  ];
}

const ALL_OR_FIRST: readonly Scenario[] = [
  {
    name: "the first success, and the first failure, of callees that fail and succeed",
    handlers: {
      judge: {
        *script(io) {
          const ids = ["fail 10", "ok 40", "fail 90", "ok 200"].map((what) =>
            io.call("verdict", what, keyed(io, what)),
          );
          const [, second] = ids as [number, number, number, number];
          yield future(Combinator.firstSucceededOrAllFailed, ids);
          const success = io.result(second)?.kind;
          yield future(Combinator.allSucceededOrFirstFailed, ids.slice(1));
          const states = ids.map((id) => io.result(id)?.kind ?? "open").join(" ");
          return `${success} ${states}`;
        },
        ...SUSPENDS,
      },
      *verdict(io) {
        const [verdict, ms] = io.text.split(" ");
        yield first(io.sleep(Number(ms)));
        if (verdict === "fail") throw new ScriptFailure({ code: 400, message: io.text });
        return io.text;
      },
    },
    run: async (host) => {
      expect((await host.call("judge", "j")).text).toBe("value failure value failure open");
      await host.rest();
    },
  },
];

const RESTARTS: readonly Scenario[] = [
  {
    name: "a restart in the middle of a fan-out: nothing is lost, nothing is done twice",
    restarts: true,
    handlers: {
      *fan(io) {
        const ids = callAll(io, "step", 12, true);
        yield all(...ids);
        return sum(io, ids);
      },
      *step(io) {
        const done = io.run(() => io.text);
        yield first(done);
        yield first(io.sleep(20 * (1 + Number(io.text))));
        return io.take(done);
      },
    },
    run: async (host) => {
      const options = { idempotencyKey: "fan" };
      await host.send("fan", "f", options);
      for (const ms of [1, 70, 40, 5]) {
        await host.ports.advance(ms);
        await host.restart();
      }
      expect((await host.call("fan", "f", options)).text).toBe("66");
      await host.rest();
    },
  },
  {
    name: "a restart while everything waits: suspended, backing off, scheduled",
    restarts: true,
    handlers: {
      suspended: {
        *script(io) {
          yield all(io.sleep(500), io.call("backingOff", "b", keyed(io, "b")));
          return "woken";
        },
        ...SUSPENDS,
      },
      backingOff(io) {
        if (io.now() < BORN + 300) {
          io.error({ nextRetryDelayMs: 200 });
          return undefined;
        }
        return "recovered";
      },
      scheduled: echo,
    },
    run: async (host) => {
      const options = { idempotencyKey: "s" };
      await host.send("suspended", "s", options);
      await host.send("scheduled", "x", { idempotencyKey: "x", delay: "400ms" });
      await host.ports.advance(50);
      await host.restart();
      await host.ports.advance(100);
      await host.restart();
      expect((await host.call("suspended", "s", options)).text).toBe("woken");
      await host.rest();
    },
  },
  {
    name: "a restart after every few turns",
    restarts: true,
    handlers: {
      *chain(io) {
        const left = Number(io.text);
        if (left === 0) return "end";
        const id = io.call("chain", String(left - 1), { idempotencyKey: `c/${left - 1}` });
        yield first(id);
        return `${left} ${io.take(id)}`;
      },
    },
    run: async (host) => {
      const options = { idempotencyKey: "top" };
      await host.send("chain", "4", options);
      for (let i = 0; i < 6; i++) {
        await host.restart();
        await host.ports.step();
      }
      expect((await host.call("chain", "4", options)).text).toBe("4 3 2 1 end");
      await host.rest();
    },
  },
];

/** The first instant of the manual clock. */
const BORN = 1_700_000_000_000;

export const SCENARIOS: readonly Scenario[] = [
  ...SIMPLE,
  ...IDEMPOTENT,
  ...TIME,
  ...FAILURES,
  ...LARGE,
  ...onVersion(5),
  ...onVersion(6),
  ...onVersion(7),
  ...ALL_OR_FIRST,
  ...RESTARTS,
  ...STATEFUL,
  ...OPERATED,
];
