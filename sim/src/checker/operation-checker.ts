/**
 * What operators do: who is paused does nothing until it is resumed, nobody ends before its time
 * unless somebody wanted it, and nobody changes its deployment by itself.
 */
import type { Invocation } from "@rejoin/engine";
import { formatInvocationId } from "@rejoin/protocol";
import type { Stats } from "../stats.ts";
import type { CommitObserver, HeaderChange } from "./commit-observer.ts";
import { ENDED } from "./digest.ts";
import type { Interventions } from "./interventions.ts";
import type { KnownInvocation } from "./known-invocation.ts";
import type { Violations } from "./violations.ts";

interface Options {
  readonly interventions: Interventions;
  readonly violations: Violations;
  readonly stats: Stats;
}

export class OperationChecker implements CommitObserver {
  private readonly options: Options;
  /** Judged when the whole commit is known: its cause may be in it too. */
  private ended: KnownInvocation[] = [];

  constructor(options: Options) {
    this.options = options;
  }

  header(change: HeaderChange): void {
    const { known, before, header } = change;
    if (header === undefined) {
      const { status } = known.header;
      if (status !== "completed") this.ended.push(known);
      return;
    }
    if (header.cancelIndex > 0) known.touched = true;
    if (header.status === "completed" && ENDED.has(known.outcome ?? "")) this.ended.push(known);
    if (before === "none") return;
    if (header.pin?.deploymentId !== before.pin?.deploymentId) this.moved(known, before);
    if (before.status === "paused") this.afterPause(known, before, header);
    if (header.status === "paused" && before.status !== "paused") {
      this.options.stats.count("paused");
    }
  }

  committed(): void {
    for (const known of this.ended) {
      if (this.options.interventions.mayEnd(known.key)) continue;
      const text = `${formatInvocationId(known.key)} was ended, and nobody wanted it`;
      this.options.violations.report("lost", text);
    }
    this.ended = [];
  }

  /** A commit may hold much at once, but nothing that only an operator could have begun. */
  private afterPause(known: KnownInvocation, before: Invocation, header: Invocation): void {
    const { interventions, violations, stats } = this.options;
    if (header.status === "paused") {
      if (header.commandCount === before.commandCount) return;
      const text = `${formatInvocationId(known.key)} is paused, and has issued commands`;
      violations.report("unpaused", text);
      return;
    }
    stats.count(`from paused to ${header.status}`);
    const wanted =
      interventions.has(known.key, "resume") ||
      interventions.mayEnd(known.key) ||
      header.cancelIndex !== before.cancelIndex;
    if (wanted) return;
    const text = `${formatInvocationId(known.key)} went from paused to ${header.status}`;
    violations.report("unpaused", `${text}, and nobody resumed it`);
  }

  private moved(known: KnownInvocation, { pin }: Invocation): void {
    if (pin === undefined) return;
    this.options.stats.count("moved to another deployment");
    if (this.options.interventions.has(known.key, "redeploy")) return;
    const text = `${formatInvocationId(known.key)} was pinned to ${pin.deploymentId}`;
    this.options.violations.report("moved", `${text}, and went to another deployment by itself`);
  }
}
