/** Puts the suite, or what a cell has of it, before Vitest. */
import { afterAll, beforeAll, describe, it, vi } from "vitest";
import { type Cell, chooseCells, nameOf } from "./cell.ts";
import { type Group, reasonToSkip, type Test } from "./group.ts";
import { openCell, type RunningCell } from "./running-cell.ts";

const OPEN_LIMIT_MS = 90_000;
const TEST_LIMIT_MS = 40_000;

/** What the table at the end is made of. */
declare module "vitest" {
  interface TaskMeta {
    conformance?: {
      readonly cell: string;
      readonly test: string;
      readonly skipped?: string;
    };
  }
}

/** They wait more than they work. */
const TESTS_AT_ONCE = 20;

/** The suite in every cell of the SDK that is to run. */
export function describeCells(sdk: Cell["sdk"], groups: readonly Group[]): void {
  vi.setConfig({ maxConcurrency: TESTS_AT_ONCE });
  const cells = chooseCells(sdk, process.env);
  for (const cell of cells) describeCell(cell, groups);
  if (cells.length > 0) return;
  it(`runs on the ${sdk} SDK`, ({ skip }) => skip("REJOIN_CONFORMANCE_CELLS chooses no such cell"));
}

function describeCell(cell: Cell, groups: readonly Group[]): void {
  describe(nameOf(cell), () => {
    let running: RunningCell | undefined;
    beforeAll(async () => {
      running = await openCell(cell);
    }, OPEN_LIMIT_MS);
    afterAll(() => running?.close());
    const opened = () => {
      if (running === undefined) throw new Error("the cell was not opened");
      return running;
    };

    describe.concurrent("together", () => {
      for (const group of groups) if (group.alone !== true) describeGroup(group, opened);
    });
    describe.sequential("alone", () => {
      for (const group of groups) if (group.alone === true) describeGroup(group, opened);
    });
  });
}

function describeGroup(group: Group, opened: () => RunningCell): void {
  describe(group.name, () => {
    for (const [name, given] of Object.entries(group.tests)) {
      const test: Test = typeof given === "function" ? { run: given } : given;
      it(name, { timeout: test.limitMs ?? TEST_LIMIT_MS }, async ({ task, skip }) => {
        const running = opened();
        const reason = reasonToSkip(group, test, running);
        task.meta.conformance = {
          cell: nameOf(running.cell),
          test: `${group.name} > ${name}`,
          ...(reason === undefined ? {} : { skipped: reason }),
        };
        if (reason !== undefined) skip(reason);
        await test.run(running);
      });
    }
  });
}
