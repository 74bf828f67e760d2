/** Tests of one subject, as data: each runs in every cell that has what it needs. */
import type { ServiceName } from "../services/catalogue.ts";
import type { Cell } from "./cell.ts";
import { findPending } from "./pending.ts";
import type { RunningCell } from "./running-cell.ts";

/** What a service process may lack: a service of the suite, or the check of signatures. */
export type Need = ServiceName | "identityKeys";

export interface Group {
  readonly name: string;
  /** What each of its tests uses. */
  readonly needs: readonly Need[];
  /** Runs after all others and one test at a time: it disturbs them. */
  readonly alone?: boolean;
  readonly tests: Readonly<Record<string, TestRun | Test>>;
}

export type TestRun = (running: RunningCell) => Promise<void>;

export interface Test {
  readonly run: TestRun;
  /** Beside those of the group. */
  readonly needs?: readonly Need[];
  /** Features that the server must have. */
  readonly features?: readonly string[];
  /** Why the test says nothing about such a cell; `undefined` if it does. */
  readonly without?: (cell: Cell) => string | undefined;
  readonly limitMs?: number;
}

/** Why the cell cannot run the test; `undefined` if it can. */
export function reasonToSkip(group: Group, test: Test, running: RunningCell): string | undefined {
  for (const service of [...group.needs, ...(test.needs ?? [])]) {
    const reason = running.lacking[service];
    if (reason !== undefined) return `${service}: ${reason}`;
  }
  const feature = test.features?.find((name) => !running.features.includes(name));
  if (feature !== undefined) return `the server has no ${feature}`;
  const pending = findPending(running.cell, group.name, process.env);
  return pending ?? test.without?.(running.cell);
}
