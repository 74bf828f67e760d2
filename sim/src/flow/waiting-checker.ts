/**
 * Nobody waits for a slot that is free, and nobody awaits a callee that waits for one of its own
 * slots: looked at every now and then while the simulation runs.
 */
import { formatInvocationId, type InvocationKey } from "@rejoin/protocol";
import type { Core } from "@rejoin/server";
import type { KnownInvocation } from "../checker/known-invocation.ts";
import type { Violations } from "../checker/violations.ts";
import type { LimiterLog } from "./limiter-log.ts";

/** How long what should not be may be: no longer than what is under way may take. */
export const WAITING_SLACK_MS = 2000;

interface Options {
  readonly log: LimiterLog;
  readonly known: (key: InvocationKey) => KnownInvocation | undefined;
  readonly violations: Violations;
  readonly now: () => number;
  readonly disturbedAt: (partition: number) => number;
}

export class WaitingChecker {
  private readonly options: Options;
  /** What should not be, and when it was first seen. */
  private seen = new Map<string, number>();

  constructor(options: Options) {
    this.options = options;
  }

  /** Looks at everything once; `core` serves. */
  look(core: Core): void {
    const found = new Map<string, number>();
    if (core.isReady) {
      for (const name of [...this.idle(core), ...this.unyielding(core)]) {
        found.set(name, this.seen.get(name) ?? this.options.now());
      }
    }
    this.seen = found;
    for (const [name, since] of found) {
      if (this.options.now() - since <= WAITING_SLACK_MS) continue;
      this.options.violations.report("idle-slot", name);
    }
  }

  /** Limits with room and a queue. What has been disturbed lately gets another chance. */
  private *idle(core: Core): Generator<string> {
    const { log, disturbedAt } = this.options;
    for (const [id, { row, places, partition, changedAt }] of log.limiters) {
      if (places.size === 0) continue;
      const most = core.registry.current.concurrencyOf(id) ?? Number.POSITIVE_INFINITY;
      if (row.running >= most) continue;
      const at = `since ${changedAt}, undisturbed since ${disturbedAt(partition)}`;
      yield `${id} is ${most}, ${row.running} run, and ${places.size} wait for it ${at}`;
    }
  }

  /** Callers that only await, with the slot that their callee waits for. */
  private *unyielding(core: Core): Generator<string> {
    const attempts = new Map(
      [...core.invoker.attempts()].map((attempt) => [attempt.invocation.key, attempt]),
    );
    for (const [id, { places }] of this.options.log.limiters) {
      for (const { key } of places.values()) {
        const caller = this.callerOf(key);
        const attempt = caller === undefined ? undefined : attempts.get(caller.key);
        if (caller === undefined || attempt === undefined || !attempt.acceptsInput) continue;
        const isIdle = attempt.isAwaiting || attempt.seemsToAwait(WAITING_SLACK_MS);
        const { starts } = caller.header;
        if (!isIdle || attempt.invocation.starts !== starts) continue;
        if (!caller.header.slots.includes(id)) continue;
        const names = `${formatInvocationId(caller.key)} (start ${starts})`;
        yield `${names} has ${id}, for which its callee ${formatInvocationId(key)} waits`;
      }
    }
  }

  private callerOf(key: InvocationKey): KnownInvocation | undefined {
    const { known } = this.options;
    const callee = known(key);
    if (callee?.present !== true) return undefined;
    const { caller } = callee.header;
    if (caller.kind !== "invocation" || caller.completionId === 0) return undefined;
    const found = known(caller.key);
    return found?.present === true && found.header.status === "invoked" ? found : undefined;
  }
}
