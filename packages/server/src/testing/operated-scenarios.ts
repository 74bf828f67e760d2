/** Scenarios of what operators do: cancel, kill, pause, resume, restart, purge, change state. */
import { type Invocation, invocationRows, journalRange } from "@rejoin/engine";
import { expect } from "vitest";
import type { Host } from "./host.ts";
import { keyed, type Scenario, SUSPENDS } from "./scenario.ts";
import { all, first, type Script, ScriptFailure } from "./script.ts";

const CHILDREN = 60;
/** So many that some of their callees are in another partition. */
const TEXTS = ["1", "2", "3", "4", "5", "6", "7", "8"];

function hasInput({ input }: Invocation, text: string): boolean {
  return input.kind === "inline" && new TextDecoder().decode(input.bytes) === text;
}

/** Has many children, called and sent to, in all partitions, and those have one each. */
const FAMILY = {
  parent: {
    *script(io) {
      const ids = Array.from({ length: CHILDREN }, (_, i) =>
        i % 3 === 0
          ? io.send("child", `${i}`, keyed(io, i))
          : io.call("child", `${i}`, keyed(io, i)),
      );
      yield all(...ids, io.sleep(1_000_000));
      return "never";
    },
  },
  *child(io) {
    const id = io.call("grandchild", io.text, keyed(io, "g"));
    yield first(id);
    return "never";
  },
  *grandchild(io) {
    yield first(io.sleep(1_000_000));
    return "never";
  },
} as const satisfies Scenario["handlers"];

async function killFamily(host: Host, between: () => Promise<void>): Promise<void> {
  await host.send("parent", "p", { idempotencyKey: "p" });
  const isComplete = async () => (await host.invocations()).length === 1 + 2 * CHILDREN;
  for (let i = 0; i < 1000 && !(await isComplete()); i++) await host.ports.advance(5);
  expect(await isComplete()).toBe(true);
  const parent = await host.found("parent");
  expect(await host.operate(parent.key, { kind: "kill" })).toEqual({ kind: "done" });
  await between();
  await host.rest();
  const outputs = (await host.invocations()).map(({ output }) => output);
  for (const output of outputs) expect(output).toMatchObject({ failure: { message: "killed" } });
}

/** Passes its cancel on to what it called, as SDKs do. */
const cancellable: Script = function* (io) {
  const id = io.call("sleeper", io.text, keyed(io, "sleeper"));
  yield first(id - 1);
  try {
    yield first(id);
    return io.take(id);
  } catch (error) {
    if (!(error instanceof ScriptFailure)) throw error;
    io.sendSignal(io.calleeOf(id), 1);
    throw error;
  }
};

const sleeper: Script = function* (io) {
  yield first(io.sleep(1_000_000));
  return "never";
};

function cancelScenario(suspends: boolean): Scenario {
  const options = suspends ? SUSPENDS : {};
  return {
    name: `a cancel, which goes from the parent to its child, ${suspends ? "suspended" : "awake"}`,
    handlers: {
      parent: { script: cancellable, ...options },
      sleeper: { script: sleeper, ...options },
    },
    run: async (host) => {
      for (const text of TEXTS) {
        const request = host.request("/S/parent", text, { idempotencyKey: text });
        const status = suspends ? "suspended" : "invoked";
        const parent = await host.found(
          "parent",
          (one) => one.status === status && one.idempotencyKey === text && one.childrenStarted > 0,
        );
        await host.ports.advance(20);
        expect(await host.operate(parent.key, { kind: "cancel" })).toEqual({ kind: "requested" });
        expect((await host.until(request)).text).toContain("cancelled");
      }
      await host.rest();
    },
  };
}

const steps: Script = function* (io) {
  const a = io.run(() => `a${io.attempt}`);
  yield first(a);
  const id = io.call("double", io.text, keyed(io, "double"));
  yield first(id);
  const b = io.run(() => "b");
  yield first(b);
  return `${io.take(a)} ${io.take(id)} ${io.take(b)}`;
};

const double: Script = (io) => String(2 * Number(io.text));

export const OPERATED: readonly Scenario[] = [
  cancelScenario(false),
  cancelScenario(true),
  {
    name: "a cancel of what has not started: it is gone, and its id is free",
    handlers: { late: (io) => io.text },
    objects: { hold: sleeper },
    local: true,
    // The next holder is found behind the place of the one that is gone.
    roundsMax: 4,
    run: async (host) => {
      const options = { idempotencyKey: "late", delay: "1000s" };
      const sent = await host.send("late", "first", options);
      const waiting = ["1", "2", "3"].map((text) => host.request("/O/k/hold", text));
      await host.ports.settle();
      const second = await host.found("hold", (one) => hasInput(one, "2"));
      expect(second.status).toBe("inboxed");
      expect(await host.operate(second.key, { kind: "cancel" })).toEqual({ kind: "done" });
      expect(await host.operate(host.keyOf(sent), { kind: "cancel" })).toEqual({ kind: "done" });
      expect((await host.call("late", "second", { idempotencyKey: "late" })).text).toBe("second");
      for (const _ of [1, 2]) {
        const holder = await host.found("hold", ({ status }) => status === "invoked");
        await host.operate(holder.key, { kind: "kill" });
      }
      const answers = await host.until(Promise.all(waiting));
      expect(answers.map(({ status }) => status)).toEqual([409, 409, 409]);
      const texts = answers.map(({ text }) => text);
      expect(texts.filter((text) => text.includes("canceled"))).toHaveLength(1);
      await host.rest();
    },
  },
  {
    name: "a kill of a whole family",
    handlers: FAMILY,
    run: (host) => killFamily(host, async () => undefined),
  },
  {
    name: "a kill of a whole family over restarts",
    handlers: FAMILY,
    restarts: true,
    run: (host) =>
      killFamily(host, async () => {
        for (let i = 0; i < 3; i++) {
          await host.restart();
          await host.ports.step();
        }
      }),
  },
  {
    name: "a pause of what runs and of what is suspended, and a resume",
    handlers: {
      *worker(io) {
        const a = io.run(() => "a");
        yield first(io.sleep(100));
        return `${io.take(a)} done`;
      },
      waiter: {
        *script(io) {
          yield first(io.sleep(100));
          return "waited";
        },
        ...SUSPENDS,
      },
    },
    local: true,
    run: async (host) => {
      const requests = [host.request("/S/worker", "r"), host.request("/S/waiter", "w")];
      await host.ports.advance(20);
      const worker = await host.found("worker");
      const waiter = await host.found("waiter");
      expect(await host.operate(worker.key, { kind: "pause" })).toEqual({ kind: "requested" });
      expect(await host.operate(waiter.key, { kind: "pause" })).toEqual({ kind: "done" });
      await host.rest("paused");
      await host.ports.advance(1000);
      await host.rest("paused");
      const resume = { kind: "resume", deployment: "keep" } as const;
      for (const { key } of [worker, waiter]) {
        expect(await host.operate(key, resume)).toEqual({ kind: "done" });
      }
      const answers = await host.until(Promise.all(requests));
      expect(answers.map(({ text }) => text)).toEqual(["a done", "waited"]);
      await host.rest();
    },
  },
  {
    name: "a restart from a place in the journal: what was done before is not done again",
    handlers: { steps, double },
    run: async (host) => {
      for (const text of TEXTS) {
        const answer = await host.call("steps", text);
        expect(answer.text).toBe(`a1 ${2 * Number(text)} b`);
        const key = host.keyOf(answer);
        // Input, run a, its completion, call, the id of the callee, its result.
        const result = await host.operate(key, { kind: "restart", from: 5, deployment: "latest" });
        if (result.kind !== "restarted") throw new Error(JSON.stringify(result));
        await host.rest();
        const again = (await host.invocations()).find((one) => one.key === result.key);
        expect(again).toMatchObject({ status: "completed", restartedFrom: key, seedOf: key });
        if (again === undefined) return;
        const output = await host.resultOf(again);
        expect(new TextDecoder().decode(output as Uint8Array)).toBe(answer.text);
      }
      const doubles = (await host.invocations()).filter(
        ({ target }) => target.handler === "double",
      );
      expect(doubles).toHaveLength(TEXTS.length);
    },
  },
  {
    name: "a restart from the input: everything is done again",
    handlers: { steps, double },
    run: async (host) => {
      for (const text of TEXTS) {
        const answer = await host.call("steps", text);
        const key = host.keyOf(answer);
        const restart = { kind: "restart", from: 0, deployment: "latest" } as const;
        expect(await host.operate(key, restart)).toMatchObject({ kind: "restarted" });
        await host.rest();
      }
      const all = (await host.invocations()).filter(({ target }) => target.handler === "steps");
      expect(all).toHaveLength(2 * TEXTS.length);
    },
  },
  {
    name: "a purge, also of large journals and over a restart",
    handlers: {
      *large(io) {
        const ids = Array.from({ length: 30 }, (_, i) => io.run(() => new Uint8Array(70_000 + i)));
        yield all(...ids);
        return new Uint8Array(100_000);
      },
    },
    local: true,
    restarts: true,
    run: async (host) => {
      const answers = [await host.call("large", "1"), await host.call("large", "2")];
      const [first, second] = answers.map((answer) => host.keyOf(answer)) as [string, string];
      expect(await host.operate(first, { kind: "purge" })).toEqual({ kind: "done" });
      const cut = host.core.operations.operate(second, { kind: "purge" });
      cut.catch(() => undefined);
      await host.ports.step();
      await host.restart();
      await host.ports.advance(1000);
      for (const key of [first, second]) {
        const store = host.storeOf(key);
        const [header] = await store.getMany([invocationRows.rowKey(key)]);
        const journal = await store.scan(journalRange(key), { limit: 10 });
        expect([header, journal]).toEqual([undefined, []]);
      }
    },
  },
  {
    name: "a purge of a workflow's run: it can run again, from nothing",
    handlers: {},
    workflows: {
      run: {
        *script(io) {
          const peeked = io.peekPromise("p");
          yield first(peeked);
          for (let i = 0; i < 20; i++) io.setState(`k${i}`, io.text);
          yield first(io.completePromise("p", io.text));
          return `${io.result(peeked)?.kind}`;
        },
        ty: "WORKFLOW",
      },
    },
    local: true,
    run: async (host) => {
      for (const text of ["1", "2"]) {
        const answer = await host.post("/W/w/run", text);
        expect(answer.text).toBe("void");
        expect(Object.keys(await host.stateOf("W", "w"))).toHaveLength(20);
        if (text === "2") return;
        const purged = await host.operate(host.keyOf(answer), { kind: "purge" });
        expect(purged).toEqual({ kind: "done" });
        expect(await host.stateOf("W", "w")).toEqual({});
      }
    },
  },
  {
    name: "changes of an object's state, at once and in their turn",
    handlers: {},
    objects: {
      *hold(io) {
        const a = io.getState("a");
        yield first(a);
        yield first(io.sleep(50));
        io.setState("seen", io.take(a));
        return io.take(a);
      },
    },
    local: true,
    // A change of state lies between two holders.
    roundsMax: 4,
    run: async (host) => {
      const instance = { service: "O", scope: "", key: "k" };
      const mutate = (value: string) => {
        const bytes = (text: string) => new TextEncoder().encode(text);
        const entries = [{ key: bytes("a"), value: bytes(value) }];
        const mutation = { entries, version: undefined };
        return host.until(host.core.operations.mutateState(instance, mutation));
      };
      expect(await mutate("1")).toEqual({ kind: "done" });
      const holding = host.request("/O/k/hold", "first");
      await host.ports.advance(10);
      expect(await mutate("2")).toEqual({ kind: "requested" });
      const waiting = host.request("/O/k/hold", "second");
      await host.ports.settle();
      expect(await mutate("3")).toEqual({ kind: "requested" });
      expect((await host.until(holding)).text).toBe("1");
      expect((await host.until(waiting)).text).toBe("2");
      await host.rest();
      await host.ports.settle();
      expect(await host.stateOf("O", "k")).toEqual({ a: "3" });
    },
  },
];
