/** The scenarios of the engine's suite: what happens, and what is promised about it. */
import { expect } from "vitest";
import { ALL_OR_FIRST, onVersion } from "./awaiting-scenarios.ts";
import { FAILURES } from "./failure-scenarios.ts";
import { OPERATED } from "./operated-scenarios.ts";
import { RESTARTS } from "./restart-scenarios.ts";
import { keyed, type Scenario, SUSPENDS } from "./scenario.ts";
import { callAll, double, echo, patterned, sum } from "./scenario-scripts.ts";
import { all, first, type Script } from "./script.ts";
import { STATEFUL } from "./stateful-scenarios.ts";

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
