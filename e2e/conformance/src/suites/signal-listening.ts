/** Named signals with values of any kind, timeouts, and as streams. */
import { expect } from "vitest";
import type { Group } from "../harness/group.ts";
import { type Signalled, signalled } from "./signalled.ts";
import { on } from "./targets.ts";
import { failureOf } from "./user-errors.ts";

const LONG_MS = 3_600_000;

/** Each item before the next, then the end. */
async function sendStream(to: Signalled, values: readonly string[]): Promise<void> {
  for (const value of values) await to.resolve("stream", { done: false, value });
  await to.resolve("stream", { done: true });
}

export const signalListening: Group = {
  name: "SignalListener",
  needs: ["SignalListener", "TestUtilsService"],
  tests: {
    "a text": async (running) => {
      const listener = await signalled(running, on("SignalListener", "one"), "greeting");
      await listener.resolve("greeting", "hello");
      expect(await listener.result()).toBe("hello");
    },
    "a rejection": async (running) => {
      const listener = await signalled(running, on("SignalListener", "one"), "greeting");
      await listener.reject("greeting", "boom");
      expect((await failureOf(listener.result())).failure.message).toBe("boom");
    },
    "a structure": async (running) => {
      const listener = await signalled(running, on("SignalListener", "one"), "greeting");
      const value = { texts: ["a", "b"], count: 2, nested: { flag: true } };
      await listener.resolve("greeting", value);
      expect(await listener.result()).toEqual(value);
    },
    "two names": async (running) => {
      const listener = await signalled(running, on("SignalListener", "two"), ["one", "two"]);
      await listener.resolve("two", "second");
      await listener.resolve("one", "first");
      expect(await listener.result()).toEqual(["first", "second"]);
    },
    "in time": async (running) => {
      const listener = await signalled(running, on("SignalListener", "orTimeout"), LONG_MS);
      await listener.resolve("signal", "in time");
      expect(await listener.result()).toBe("in time");
    },
    "too late": async (running) => {
      const listener = await signalled(running, on("SignalListener", "orTimeout"), 20);
      expect(await listener.result()).toBe("timed out");
    },
    "a stream": async (running) => {
      const listener = await signalled(running, on("SignalListener", "stream"));
      await sendStream(listener, ["a", "b", "c"]);
      expect(await listener.result()).toEqual(["a", "b", "c"]);
    },
    "two streams, one after another": async (running) => {
      const listener = await signalled(running, on("SignalListener", "twoBatches"));
      await sendStream(listener, ["a", "b"]);
      await sendStream(listener, ["c"]);
      expect(await listener.result()).toEqual([["a", "b"], ["c"]]);
    },
    "an empty stream": async (running) => {
      const listener = await signalled(running, on("SignalListener", "stream"));
      await sendStream(listener, []);
      expect(await listener.result()).toEqual([]);
    },
  },
};
