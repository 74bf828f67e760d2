import fc from "fast-check";
import { it } from "vitest";
import { TestPartition } from "./testing/partition.ts";
import { programs, recordOf } from "./testing/programs.ts";
it("stat", () => {
  const stat = new Map<string, number>();
  let rounds = [0,0,0,0,0,0];
  fc.assert(fc.property(programs, (steps) => {
    const cold = new TestPartition({ memory: "none" });
    for (const [n, step] of steps.entries()) {
      const r = recordOf(cold, step, n);
      if (!r) { stat.set("none", (stat.get("none") ?? 0) + 1); continue; }
      const a = cold.apply(r);
      rounds[a.rounds]!++;
      stat.set(r.kind, (stat.get(r.kind) ?? 0) + 1);
      for (const x of a.actions) stat.set("a:" + x.kind, (stat.get("a:" + x.kind) ?? 0) + 1);
    }
    for (const i of cold.invocations()) stat.set("s:" + i.status, (stat.get("s:" + i.status) ?? 0) + 1);
  }), { seed: 99, numRuns: 2000 });
  console.log(stat, rounds);
}, 120000);
