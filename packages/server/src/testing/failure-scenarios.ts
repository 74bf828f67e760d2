/** Scenarios of attempts that fail, retry, pause and end. */
import { expect } from "vitest";
import { keyed, type Scenario } from "./scenario.ts";
import { patterned } from "./scenario-scripts.ts";
import { AttemptCrash, all, first, type Script, ScriptFailure } from "./script.ts";

const progress: Script = function* (io) {
  const done = io.run(() => "once");
  yield first(done);
  if (io.attempt < 3) throw new AttemptCrash();
  return `after ${io.attempt} attempts: ${io.take(done)}`;
};

export const FAILURES: readonly Scenario[] = [
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
