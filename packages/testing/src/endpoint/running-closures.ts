/** The closures of `ctx.run` that are being executed, and those that a test wants to fail. */
import type { FaultPlan } from "./faults.ts";
import type { AroundRun } from "./instrument.ts";

type Run = Parameters<AroundRun>[0];

export class RunningClosures {
  readonly #byInvocation = new Map<string, string[]>();

  /** Their names, by the id of the invocation. */
  get byInvocation(): ReadonlyMap<string, readonly string[]> {
    return this.#byInvocation;
  }

  /** The interceptor that takes note of them. */
  around(faults: FaultPlan, onExecute: (run: Run) => void): AroundRun {
    return async (run, next) => {
      const fault = faults.takeRun(run.service, run.name);
      const fail = () => {
        throw fault?.error ?? new Error(`ctx.run("${run.name}") fails, as it was told to`);
      };
      if (fault !== undefined && fault.after !== true) fail();
      onExecute(run);
      await this.#during(run, next);
      if (fault !== undefined) fail();
    };
  }

  async #during({ invocationId, name }: Run, next: () => Promise<void>): Promise<void> {
    const names = this.#byInvocation.get(invocationId) ?? [];
    names.push(name);
    this.#byInvocation.set(invocationId, names);
    try {
      await next();
    } finally {
      names.splice(names.indexOf(name), 1);
      if (names.length === 0) this.#byInvocation.delete(invocationId);
    }
  }
}
