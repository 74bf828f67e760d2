/** Compares a run that crashed with the one that did not. */

import type { Remains } from "./aftermath.ts";
import type { CrashDifference } from "./crash-report.ts";
import type { RunResult } from "./run-result.ts";

type Found = Pick<CrashDifference, "what" | "expected" | "found">;

const WORDS = {
  "process-unacknowledged": "the process was lost before it could say that",
  process: "the process was lost after",
  attempt: "the attempt was lost after",
} as const;

export function compareRuns(reference: RunResult, run: RunResult): readonly CrashDifference[] {
  const at = run.probe.crashedAt;
  if (at === undefined) return [];
  const found = [
    ...compareText("the result", reference.outcome, run.outcome),
    ...run.mismatches.map((message) => ({
      what: "the replay",
      expected: "no mismatch",
      found: message,
    })),
    ...compareMaps("the state", reference.aftermath.state, run.aftermath.state),
    ...compareInvocations(reference, run),
  ];
  const crash = describeCrash(run);
  return found.map((one) => ({ ...one, crash, kind: at.kind }));
}

/** Such as `the attempt was lost after entry 3 (run "charge") of shop/charge`. */
function describeCrash({ probe, aftermath }: RunResult): string {
  const at = probe.crashedAt;
  if (at === undefined) return "nothing crashed";
  const entry = `entry ${at.entryIndex}`;
  const end = at.kind === "process-unacknowledged" ? " was durable" : "";
  for (const [name, { key, entries }] of aftermath.invocations) {
    if (key !== at.invocation) continue;
    const text = entries.find(({ index }) => index === at.entryIndex)?.text;
    return `${WORDS[at.kind]} ${entry}${text === undefined ? "" : ` (${text})`} of ${name}${end}`;
  }
  return `${WORDS[at.kind]} ${entry} of an invocation that is gone${end}`;
}

function compareText(what: string, expected: string, found: string): readonly Found[] {
  return expected === found ? [] : [{ what, expected, found }];
}

function compareMaps(
  what: string,
  expected: ReadonlyMap<string, string>,
  found: ReadonlyMap<string, string>,
): readonly Found[] {
  const names = new Set([...expected.keys(), ...found.keys()]);
  return [...names].flatMap((name) =>
    compareText(`${what} ${name}`, expected.get(name) ?? "", found.get(name) ?? ""),
  );
}

function compareInvocations(reference: RunResult, run: RunResult): readonly Found[] {
  const expected = reference.aftermath.invocations;
  const found = run.aftermath.invocations;
  const names = new Set([...expected.keys(), ...found.keys()]);
  return [...names].flatMap((name) => compareInvocation(name, expected.get(name), found.get(name)));
}

function compareInvocation(
  name: string,
  expected: Remains | undefined,
  found: Remains | undefined,
): readonly Found[] {
  const what = `the invocation ${name}`;
  if (expected === undefined || found === undefined) {
    return compareText(what, expected?.status ?? "", found?.status ?? "");
  }
  return [
    ...compareText(`how ${name} ended`, expected.status, found.status),
    ...compareCommands(name, expected.commands, found.commands),
  ];
}

/** The first command that differs: what follows would differ with it. */
function compareCommands(
  name: string,
  expected: readonly string[],
  found: readonly string[],
): readonly Found[] {
  const length = Math.max(expected.length, found.length);
  for (let i = 0; i < length; i++) {
    if (expected[i] === found[i]) continue;
    return [
      { what: `command ${i} of ${name}`, expected: expected[i] ?? "", found: found[i] ?? "" },
    ];
  }
  return [];
}
