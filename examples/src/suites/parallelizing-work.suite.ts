/** What the example of fan-out promises, whichever SDK it is written against. */
import { expect, it } from "vitest";
import type { RunningExample } from "../run-example.ts";

type Parallelizing = typeof import("../../typescript/parallelizing-work/src/worker.ts");

export function testParallelizingWork(
  { fanOutWorker }: Parallelizing,
  running: () => RunningExample,
): void {
  it("parallelizing work: splits a task, and joins the results in order", async () => {
    const task = { description: "get out of bed,shower,make coffee,have breakfast" };
    const result = await running().ingress.serviceClient(fanOutWorker).run(task);
    const parts = task.description.split(",").map((part) => `${part}: DONE`);
    expect(result).toEqual({ description: parts.join(",") });
  });
}
