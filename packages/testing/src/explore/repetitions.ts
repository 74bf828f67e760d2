/** Counts closures of `ctx.run` that are executed more often when something crashes. */
import type { RepeatedClosure } from "./crash-report.ts";
import type { RunResult } from "./run-result.ts";

type Counts = ReadonlyMap<string, Pick<RepeatedClosure, "invocation" | "name"> & { count: number }>;

export class Repetitions {
  readonly #reference: Counts;
  readonly #found = new Map<string, RepeatedClosure>();

  constructor(reference: RunResult) {
    this.#reference = countsOf(reference);
  }

  add(run: RunResult): void {
    for (const [id, { invocation, name, count }] of countsOf(run)) {
      const extra = count - (this.#reference.get(id)?.count ?? 0);
      if (extra <= 0) continue;
      const known = this.#found.get(id);
      this.#found.set(id, {
        invocation,
        name,
        extraExecutions: Math.max(extra, known?.extraExecutions ?? 0),
        runCount: (known?.runCount ?? 0) + 1,
      });
    }
  }

  get closures(): readonly RepeatedClosure[] {
    return [...this.#found.values()];
  }
}

function countsOf({ probe, aftermath }: RunResult): Counts {
  const names = new Map([...aftermath.invocations].map(([name, { id }]) => [id, name]));
  const counts = new Map<string, { invocation: string; name: string; count: number }>();
  for (const [id, closures] of probe.executions) {
    const invocation = names.get(id);
    if (invocation === undefined) continue;
    for (const [name, count] of closures) {
      counts.set(JSON.stringify([invocation, name]), { invocation, name, count });
    }
  }
  return counts;
}
