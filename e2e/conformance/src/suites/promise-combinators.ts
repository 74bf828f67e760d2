/** Combinations of promises, with constants, sleeps, signals and mappers. */
import { expect } from "vitest";
import type { Group, TestRun } from "../harness/group.ts";
import { signalled } from "./signalled.ts";
import { on } from "./targets.ts";
import { failureOf } from "./user-errors.ts";

const gives =
  (handler: string, expected: unknown): TestRun =>
  async ({ ingress }) => {
    expect(await ingress.call(on("PromiseCombinators", handler))).toEqual(expected);
  };

type Signal = readonly [name: string, value: string] | readonly [name: string, value: Error];

/** What the handler gives after these signals, in this order. */
const givesAfter =
  (handler: string, signals: readonly Signal[], expected: unknown): TestRun =>
  async (running) => {
    const waiting = await signalled(running, on("PromiseCombinators", handler));
    for (const [name, value] of signals) {
      if (typeof value === "string") await waiting.resolve(name, value);
      else await waiting.reject(name, value.message);
    }
    expect(await waiting.result()).toEqual(expected);
  };

export const promiseCombinators: Group = {
  name: "PromiseCombinators",
  needs: ["PromiseCombinators", "TestUtilsService"],
  tests: {
    "a resolved constant": gives("resolved", "constant"),
    "a rejected constant": async ({ ingress }) => {
      const failed = await failureOf(ingress.call(on("PromiseCombinators", "rejected")));
      expect(failed.failure.message).toBe("rejected constant");
    },
    "all values": givesAfter(
      "all",
      [["p3", "c"], ["p1", "a"], ["p2", "b"]], // biome-ignore format: one line
      ["a", "b", "c"],
    ),
    "all, or the first rejection": async (running) => {
      const waiting = await signalled(running, on("PromiseCombinators", "all"));
      await waiting.resolve("p1", "a");
      await waiting.reject("p2", "no b");
      expect((await failureOf(waiting.result())).failure.message).toBe("no b");
    },
    "the first of a race": givesAfter("race", [["p2", "second"]], "second"),
    "the first rejection of a race": async (running) => {
      const waiting = await signalled(running, on("PromiseCombinators", "race"));
      await waiting.reject("p3", "lost");
      expect((await failureOf(waiting.result())).failure.message).toBe("lost");
    },
    "any success": givesAfter("any", [["p1", new Error("no")], ["p3", "yes"]], "yes"), // biome-ignore format: one line
    "all settled": givesAfter(
      "allSettled",
      [["p1", "a"], ["p2", new Error("no b")], ["p3", "c"]], // biome-ignore format: one line
      ["ok:a", "err:no b", "ok:c"],
    ),
    "one promise in two races": givesAfter(
      "sharedByRaces",
      [["p1", "from-p1"]],
      ["ok:from-p1", "ok:from-p1"],
    ),
    "one promise that fails in one of two races": givesAfter(
      "sharedAndFailing",
      [["p1", "any"]],
      "p1 completed",
    ),
    "all of none": gives("allOfNone", []),
    "all settled of none": gives("allSettledOfNone", []),
    "all of a sleep and a constant": gives("allWithSleep", ["slept", "constant"]),
    "a race of a sleep and a constant": gives("raceWithSleep", "constant"),
    "a constant with a timeout": gives("resolvedOrTimeout", "constant"),
    "a race of none with a timeout": gives("raceOfNoneOrTimeout", "timed out"),
    "a mapper runs when it is awaited": gives("mapsLazily", "the names were the same"),
    "a constant's mapper runs when it is awaited": gives(
      "mapsConstantsLazily",
      "the names were the same",
    ),
    "a mapper runs once": gives("mapsOnce", 3),
  },
};
