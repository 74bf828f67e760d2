/** Scenarios of virtual objects, workflows, promises, signals and awakeables. */
import { expect } from "vitest";
import { keyed, type Scenario, SUSPENDS } from "./scenario.ts";
import { all, first, type Script, ScriptFailure, signalled } from "./script.ts";

/** So many that some of their callees are in another partition. */
const TEXTS = ["a", "b", "c", "d", "e", "f", "g", "h"];

/** Reads, waits and writes: loses counts if two do it at the same time. */
const add: Script = function* (io) {
  const before = io.getState("n");
  yield first(before);
  yield first(io.sleep(10));
  const n = String(Number(io.take(before)) + 1);
  io.setState("n", n);
  return n;
};

const OBJECTS: readonly Scenario[] = [
  {
    name: "twenty calls of one object: one after the other, in the order in which they came",
    handlers: {},
    objects: { add },
    local: true,
    run: async (host) => {
      const requests = Array.from({ length: 20 }, (_, i) => host.request("/O/k/add", `${i}`));
      const answers = await host.until(Promise.all(requests));
      expect(answers.map(({ text }) => text)).toEqual(answers.map((_, i) => String(i + 1)));
      expect(await host.stateOf("O", "k")).toEqual({ n: "20" });
      await host.rest();
    },
  },
  {
    name: "an object whose holder is suspended and tried again while others wait",
    handlers: {
      *slow(io) {
        yield first(io.sleep(100));
        return io.text;
      },
    },
    objects: {
      through: {
        *script(io) {
          io.setState(`before ${io.text}`, "1");
          const id = io.call("slow", io.text, { service: "S", ...keyed(io, "slow") });
          yield first(id);
          if (io.attempt < 3) {
            io.error({ nextRetryDelayMs: 10 });
            return undefined;
          }
          io.setState("last", io.text);
          return io.take(id);
        },
        ...SUSPENDS,
      },
    },
    run: async (host) => {
      const requests = TEXTS.map((text) => host.request("/O/k/through", text));
      const answers = await host.until(Promise.all(requests));
      expect(answers.map(({ text }) => text)).toEqual(TEXTS);
      const before = TEXTS.map((text) => [`before ${text}`, "1"]);
      const last = TEXTS.at(-1);
      expect(await host.stateOf("O", "k")).toEqual({ ...Object.fromEntries(before), last });
      await host.rest();
    },
  },
  {
    name: "many callers of many objects: nobody is in an object with another",
    handlers: {
      *caller(io) {
        const ids = [0, 1, 2, 3].map((n) =>
          io.call("enter", io.text, { service: "O", key: `o${n}` }),
        );
        yield all(...ids);
        return ids.map((id) => io.take(id)).join("");
      },
    },
    objects: {
      *enter(io) {
        const present = io.getState("present");
        yield first(present);
        if (io.take(present) !== "") throw new ScriptFailure({ code: 500, message: "not alone" });
        io.setState("present", io.text);
        yield first(io.sleep(7));
        io.clearState("present");
        return "x";
      },
    },
    run: async (host) => {
      const requests = Array.from({ length: 8 }, (_, i) => host.request("/S/caller", `${i}`));
      for (const { text } of await host.until(Promise.all(requests))) expect(text).toBe("xxxx");
      for (const n of [0, 1, 2, 3]) expect(await host.stateOf("O", `o${n}`)).toEqual({});
      await host.rest();
    },
  },
  {
    name: "state that is given, asked for, listed and cleared",
    handlers: {},
    objects: {
      *fill(io) {
        for (const name of ["c", "a", "b"]) io.setState(name, `${io.text}${name}`);
        const keys = io.stateKeys();
        yield first(keys);
        return io.takeKeys(keys);
      },
      *swap(io) {
        const before = io.eagerState("a");
        io.clearAllState();
        const [a, keys] = [io.getState("a"), io.stateKeys()];
        yield all(a, keys);
        io.setState("new", `was ${before}`);
        return `[${io.take(a)}] [${io.takeKeys(keys)}] ${io.eagerState("a")}`;
      },
      look: { script: (io) => io.eagerState(io.text) ?? "nothing", ty: "SHARED" },
    },
    local: true,
    run: async (host) => {
      expect((await host.post("/O/k/look", "a")).text).toBe("nothing");
      expect((await host.post("/O/k/fill", "x")).text).toBe("a,b,c");
      expect((await host.post("/O/k/look", "b")).text).toBe("xb");
      expect((await host.post("/O/k/swap", "s")).text).toBe("[] [] undefined");
      expect((await host.post("/O/k/look", "new")).text).toBe("was xa");
      expect(await host.stateOf("O", "k")).toEqual({ new: "was xa" });
      await host.rest();
    },
  },
  {
    name: "shared handlers while an exclusive one has the object",
    handlers: {},
    objects: {
      *hold(io) {
        io.setState("n", "1");
        yield first(io.sleep(500));
        io.setState("n", "2");
        return "held";
      },
      *look(io) {
        const n = io.getState("n");
        yield first(n);
        return io.take(n);
      },
      read: {
        *script(io) {
          const n = io.getState("n");
          yield first(n);
          return io.take(n);
        },
        ty: "SHARED",
      },
    },
    local: true,
    run: async (host) => {
      const holding = host.request("/O/k/hold", "h");
      await host.ports.advance(100);
      const waiting = host.request("/O/k/look", "w");
      expect((await host.post("/O/k/read", "r")).text).toBe("1");
      expect((await host.until(holding)).text).toBe("held");
      expect((await host.until(waiting)).text).toBe("2");
      await host.rest();
    },
  },
  {
    name: "delayed calls of an object, which wait again when they are due",
    handlers: {},
    objects: { add },
    local: true,
    run: async (host) => {
      for (const [i, delay] of ["3ms", "1ms", "2ms"].entries()) {
        const options = { delay, idempotencyKey: `d${i}` };
        await host.until(host.request("/O/k/add/send", `${i}`, options));
      }
      const now = host.request("/O/k/add", "now");
      expect((await host.until(now)).text).toBe("1");
      await host.rest();
      expect(await host.stateOf("O", "k")).toEqual({ n: "4" });
    },
  },
  {
    name: "a restart while many wait for an object: nobody is lost, and nobody overtakes",
    handlers: {},
    objects: { add },
    local: true,
    restarts: true,
    run: async (host) => {
      const options = (i: number) => ({ idempotencyKey: `r${i}` });
      for (let i = 0; i < 12; i++) {
        await host.until(host.request("/O/k/add/send", `${i}`, options(i)));
      }
      for (const ms of [1, 25, 3, 31]) {
        await host.ports.advance(ms);
        await host.restart();
      }
      for (let i = 0; i < 12; i++) {
        expect((await host.post("/O/k/add", `${i}`, options(i))).text).toBe(String(i + 1));
      }
      await host.rest();
    },
  },
];

const run: Script = function* (io) {
  const decision = io.getPromise("decision");
  yield first(decision);
  io.setState("decided", io.take(decision));
  const told = io.completePromise("told", `${io.text}: ${io.take(decision)}`);
  yield first(told);
  return `run of ${io.key}: ${io.take(decision)}`;
};

const decide = {
  *script(io) {
    const done = io.completePromise("decision", io.text);
    yield first(done);
    io.take(done);
    const told = io.getPromise("told");
    yield first(told);
    return io.take(told);
  },
  ty: "SHARED",
} as const satisfies { readonly script: Script; readonly ty: "SHARED" };

const WORKFLOWS: readonly Scenario[] = [
  {
    name: "a workflow that waits for a promise, and answers with another",
    handlers: {},
    workflows: { run: { script: run, ...SUSPENDS, ty: "WORKFLOW" }, decide },
    local: true,
    run: async (host) => {
      expect((await host.post("/W/w/run/send", "go")).status).toBe(202);
      await host.found("run", ({ status }) => status === "suspended");
      expect((await host.post("/W/w/decide", "yes")).text).toBe("go: yes");
      expect((await host.get("/restate/workflow/W/w/attach")).text).toBe("run of w: yes");
      expect((await host.post("/W/w/decide", "no")).status).toBe(409);
      expect((await host.post("/W/w/run", "again")).status).toBe(409);
      expect(await host.stateOf("W", "w")).toEqual({ decided: "yes" });
      await host.rest();
    },
  },
  {
    name: "a promise that is completed before its workflow runs, and peeked at before that",
    handlers: {},
    workflows: {
      run: { script: run, ty: "WORKFLOW" },
      peek: {
        *script(io) {
          const id = io.peekPromise("decision");
          yield first(id);
          return io.result(id)?.kind === "void" ? "open" : io.take(id);
        },
        ty: "SHARED",
      },
      decide,
    },
    local: true,
    run: async (host) => {
      expect((await host.post("/W/w/peek", "1")).text).toBe("open");
      const deciding = host.request("/W/w/decide", "early");
      await host.ports.advance(10);
      expect((await host.post("/W/w/peek", "2")).text).toBe("early");
      expect((await host.post("/W/w/run", "late")).text).toBe("run of w: early");
      expect((await host.until(deciding)).text).toBe("late: early");
      await host.rest();
    },
  },
  {
    name: "workflows that services call: once for each key, for whoever comes later a failure",
    handlers: {
      *parent(io) {
        const options = (key: string) => ({ service: "W", key });
        const ids = ["p", "q"].map((key) => io.call("run", key, options(`${io.text}${key}`)));
        yield all(...ids);
        const again = io.call("run", "again", options(`${io.text}p`));
        yield first(again);
        const failed = io.result(again)?.kind;
        return `${ids.map((id) => io.take(id)).join(" ")} ${failed}`;
      },
    },
    workflows: {
      run: {
        *script(io) {
          yield first(io.sleep(20));
          return `${io.key} ran`;
        },
        ty: "WORKFLOW",
      },
    },
    run: async (host) => {
      const requests = TEXTS.map((text) => host.request("/S/parent", text));
      const answers = await host.until(Promise.all(requests));
      expect(answers.map(({ text }) => text)).toEqual(
        TEXTS.map((text) => `${text}p ran ${text}q ran failure`),
      );
      await host.rest();
    },
  },
];

/** The ids of awakeables, told from script to script beside the server. */
function awakeableScenario(suspends: boolean): Scenario {
  const ids = new Map<string, string>();
  const script: Script = function* (io) {
    const good = io.awakeable();
    const bad = io.awakeable();
    ids.set(`good ${io.text}`, good.id);
    ids.set(`bad ${io.text}`, bad.id);
    io.send("resolve", io.text, keyed(io, "resolver"));
    yield signalled(good.signal);
    yield signalled(bad.signal);
    const value = io.takeSignal(good.signal);
    try {
      return io.takeSignal(bad.signal);
    } catch (error) {
      if (error instanceof ScriptFailure) return `${value}, ${error.message}`;
      throw error;
    }
  };
  return {
    name: `awakeables that another handler completes, ${suspends ? "suspended" : "awake"}`,
    handlers: {
      waiter: suspends ? { script, ...SUSPENDS } : script,
      resolve(io) {
        const failure = { code: 500, message: "no" };
        io.completeAwakeable(ids.get(`bad ${io.text}`) ?? "", { kind: "failure", failure });
        io.completeAwakeable(ids.get(`good ${io.text}`) ?? "", `yes ${io.text}`);
        return "done";
      },
    },
    run: async (host) => {
      const requests = TEXTS.map((text) => host.request("/S/waiter", text));
      const answers = await host.until(Promise.all(requests));
      expect(answers.map(({ text }) => text)).toEqual(TEXTS.map((text) => `yes ${text}, no`));
      await host.rest();
    },
  };
}

function awakeablesFromOutside(): Scenario {
  const ids = new Map<string, string>();
  return {
    name: "awakeables that are resolved and rejected from outside",
    handlers: {
      *waiter(io) {
        const { id, signal } = io.awakeable();
        ids.set(io.text, id);
        yield signalled(signal);
        return io.takeSignal(signal);
      },
    },
    local: true,
    run: async (host) => {
      const requests = ["a", "b"].map((text) => host.request("/S/waiter", text));
      await host.ports.advance(10);
      const answer = await host.post(`/restate/awakeables/${ids.get("a")}/resolve`, "value");
      expect(answer.status).toBe(202);
      await host.post(`/restate/a/${ids.get("b")}/reject`, "no reason");
      const [first, second] = await host.until(Promise.all(requests));
      expect(first).toMatchObject({ status: 200, text: "value" });
      expect(second?.status).toBe(500);
      expect(second?.text).toContain("no reason");
      // Twice does no harm, nor does it once it is over.
      const late = await host.post(`/restate/awakeables/${ids.get("a")}/resolve`, "late");
      expect(late.status).toBe(202);
      await host.rest();
    },
  };
}

const SIGNALS: readonly Scenario[] = [
  awakeableScenario(false),
  awakeableScenario(true),
  awakeablesFromOutside(),
  {
    name: "signals by name to a callee, before and after it waits for them",
    handlers: {
      *parent(io) {
        const id = io.call("listener", io.text, keyed(io, "listener"));
        yield first(id - 1);
        io.sendSignal(io.calleeOf(id), "one", "1");
        yield first(io.sleep(50));
        io.sendSignal(io.calleeOf(id), "two", "2");
        yield first(id);
        return io.take(id);
      },
      listener: {
        *script(io) {
          yield signalled("two");
          yield signalled("one");
          return io.takeSignal("one") + io.takeSignal("two");
        },
        ...SUSPENDS,
      },
    },
    run: async (host) => {
      const requests = TEXTS.map((text) => host.request("/S/parent", text));
      for (const { text } of await host.until(Promise.all(requests))) expect(text).toBe("12");
      await host.rest();
    },
  },
  {
    name: "a result that is attached to, and asked for too early",
    handlers: {
      *asker(io) {
        const sent = io.send("slow", io.text, keyed(io, "slow"));
        yield first(sent);
        const early = io.outputOf(io.calleeOf(sent));
        yield first(early);
        const attached = io.attach(io.calleeOf(sent));
        yield first(attached);
        const late = io.outputOf(io.calleeOf(sent));
        yield first(late);
        return `${io.result(early)?.kind} ${io.take(attached)} ${io.take(late)}`;
      },
      *slow(io) {
        yield first(io.sleep(300));
        return io.text;
      },
    },
    run: async (host) => {
      const requests = TEXTS.map((text) => host.request("/S/asker", text));
      const answers = await host.until(Promise.all(requests));
      expect(answers.map(({ text }) => text)).toEqual(TEXTS.map((text) => `void ${text} ${text}`));
      await host.rest();
    },
  },
];

export const STATEFUL: readonly Scenario[] = [...OBJECTS, ...WORKFLOWS, ...SIGNALS];
