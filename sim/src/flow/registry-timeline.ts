/** The versions of the registry that any process has gone by, and which ones a commit was made by. */
import type { Invocation, LimiterId } from "@rejoin/engine";
import type { Core } from "@rejoin/server";

export type RegistryVersion = Core["registry"]["current"];

/** A commit, as the process that leads the partition hands it to its store. */
export interface IssuedCommit {
  readonly partition: number;
  readonly epoch: number;
  readonly number: number;
  /** Its records were applied by versions of the registry from this one on. */
  readonly from: number;
  readonly to: number;
}

export class RegistryTimeline {
  private readonly versions: RegistryVersion[] = [];
  private readonly issued = new Map<string, IssuedCommit>();

  /** A process goes by this version from now on. */
  note(version: RegistryVersion): void {
    if (this.versions.some((known) => known.version === version.version)) return;
    this.versions.push(version);
  }

  issue(commit: IssuedCommit): void {
    this.issued.set(nameOf(commit), commit);
  }

  /** What is known of a commit that has become durable. */
  take(commit: Pick<IssuedCommit, "partition" | "epoch" | "number">): IssuedCommit | undefined {
    const name = nameOf(commit);
    const issued = this.issued.get(name);
    this.issued.delete(name);
    return issued;
  }

  /** The limits that an invocation counts towards by every version from `from` on. */
  requiredSince(from: number, { target, limitKey }: Invocation): readonly LimiterId[] {
    const [first, ...others] = this.since(from).map(
      (version) => new Set(version.limitsOf(target, limitKey)),
    );
    return [...(first ?? [])].filter((limiter) => others.every((other) => other.has(limiter)));
  }

  /** The highest limit of the versions from `from` to `to`. */
  highest(limiter: LimiterId, from: number, to = Number.POSITIVE_INFINITY): number {
    const within = this.since(from).filter(({ version }) => version <= to);
    const limits = within.map((one) => one.concurrencyOf(limiter) ?? Number.POSITIVE_INFINITY);
    return limits.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...limits);
  }

  private since(from: number): readonly RegistryVersion[] {
    return this.versions.filter(({ version }) => version >= from);
  }
}

function nameOf({ partition, epoch, number }: Omit<IssuedCommit, "from" | "to">): string {
  return `${partition} ${epoch} ${number}`;
}
