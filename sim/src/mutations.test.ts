/**
 * Shows that the checker sees: deliberate defects, put in from outside, must be noticed within a
 * few seeds, and for what they are.
 */
import { expect, it } from "vitest";
import type { Violation, ViolationKind } from "./checker/violations.ts";
import type { Mutation } from "./mutation.ts";
import { createPlan, type Plan } from "./plan.ts";
import { runSeed } from "./run-seed.ts";
import {
  ACKNOWLEDGES_EARLY,
  ADMITS_STALE_ROWS,
  CONSUMES_NOTHING,
  countStaleRows,
  FENCES_NOBODY,
  KEEPS_STAGED_ROWS,
  LOSES_MESSAGES,
} from "./testing/mutations.ts";

interface Search {
  readonly mutation: Mutation;
  readonly seedsMax: number;
  /** Which of the seeds are tried; by default all. */
  readonly among?: (plan: Plan) => boolean;
  /** Kinds that do not count: to see what else would notice. */
  readonly ignored?: readonly ViolationKind[];
  /** Goes on until it has found one of these. */
  readonly kinds?: readonly ViolationKind[];
}

/** The first violation that counts. */
async function findViolation(search: Search): Promise<Violation | undefined> {
  const { mutation, seedsMax, kinds, among } = search;
  const ignored = new Set(search.ignored ?? []);
  for (let seed = 1; seed <= seedsMax; seed++) {
    if (among?.(createPlan(seed)) === false) continue;
    const { violations } = await runSeed(seed, { mutation, ignored });
    const [first] = violations;
    if (first !== undefined && (kinds === undefined || kinds.includes(first.kind))) return first;
  }
  return undefined;
}

/** For a machine that is busy with much else. */
const TIMEOUT_MS = 180_000;

const EARLY: readonly ViolationKind[] = [
  "early-answer",
  "early-delivery",
  "early-start",
  "early-timer",
];

it("sees what leaves a process before its commit is durable", { timeout: TIMEOUT_MS }, async () => {
  const violation = await findViolation({ mutation: ACKNOWLEDGES_EARLY, seedsMax: 5 });
  expect(EARLY).toContain(violation?.kind);
});

it("sees what a crash then loses, even without looking at when things leave", {
  timeout: TIMEOUT_MS,
}, async () => {
  // What was lost may be read in vain again and again, and that has to take time.
  const among = ({ faults }: Plan) => faults.readsTakeTime;
  const search = { mutation: ACKNOWLEDGES_EARLY, seedsMax: 120, ignored: EARLY, among };
  const violation = await findViolation({ ...search, kinds: ["lost"] });
  expect(violation?.message).toMatch(/was accepted and is not found|in the end: .*notFound/);
});

it("sees a leader that is not fenced", { timeout: TIMEOUT_MS }, async () => {
  const violation = await findViolation({ mutation: FENCES_NOBODY, seedsMax: 30 });
  expect(["damaged-journal", "illegal-transition", "run-repeated", "lost"]).toContain(
    violation?.kind,
  );
});

it("sees a row that was fetched before a commit wrote it", { timeout: TIMEOUT_MS }, async () => {
  const violation = await findViolation({ mutation: KEEPS_STAGED_ROWS, seedsMax: 60 });
  expect(["damaged-journal", "wrong-answer", "stale-state"]).toContain(violation?.kind);
});

/**
 * While the processor fetches it applies nothing, and it fetches only what no uncommitted batch
 * holds. So no commit can write a row that is being fetched, and the re-check of a fetch never
 * finds anything: leaving it out is harmless. If this fails, the processor has learnt to apply
 * while it fetches, and then leaving it out must be noticed.
 */
it("never fetches a row that is being written: the re-check has nothing to find", {
  timeout: TIMEOUT_MS,
}, async () => {
  const counting = countStaleRows();
  expect(await findViolation({ mutation: counting, seedsMax: 40 })).toBeUndefined();
  expect(counting.count()).toBe(0);
  expect(await findViolation({ mutation: ADMITS_STALE_ROWS, seedsMax: 40 })).toBeUndefined();
});

it("sees messages that are left in the mailbox", { timeout: TIMEOUT_MS }, async () => {
  const violation = await findViolation({ mutation: CONSUMES_NOTHING, seedsMax: 20 });
  expect(["mailbox", "leftover"]).toContain(violation?.kind);
});

it("sees a message that is lost", { timeout: TIMEOUT_MS }, async () => {
  const violation = await findViolation({ mutation: LOSES_MESSAGES, seedsMax: 30 });
  expect(["stuck", "mailbox"]).toContain(violation?.kind);
});
