/** What must never happen, and did. */

export type ViolationKind =
  /** An answer, a delivery or a start whose cause was not durable. */
  | "early-answer"
  | "early-delivery"
  | "early-start"
  /** An answer, or what user code sees, that is not what the program gives. */
  | "wrong-answer"
  | "wrong-value"
  /** Two who ask are told different things, or one is told different things in a replay. */
  | "changed-outcome"
  | "replay-differs"
  /** Something accepted is gone. */
  | "lost"
  /** A run whose result was durable has been executed again. */
  | "run-repeated"
  /** A status that cannot follow the one before. */
  | "illegal-transition"
  /** A journal with a gap, or an entry written twice. */
  | "damaged-journal"
  /** A timer that fired before its time, or without being durable; or much too late. */
  | "early-timer"
  | "late-timer"
  /** A message between partitions that was lost, doubled or out of order. */
  | "mailbox"
  /** Two exclusive handlers of an object at a time, or one before its turn. */
  | "object-overlap"
  | "out-of-turn"
  /** State that is not what was last written. */
  | "stale-state"
  /** A durable promise that was completed twice. */
  | "promise"
  /** A signal that has not reached an invocation that is alive. */
  | "lost-signal"
  /** A handler was told to end twice. */
  | "cancelled-twice"
  /** What a killed invocation called goes on. */
  | "survived-kill"
  /** A paused invocation that went on by itself. */
  | "unpaused"
  /** Commands of an invocation that was not running. */
  | "not-running"
  /** An invocation that left the deployment that it was pinned to. */
  | "moved"
  /** A suspended invocation was resumed, and there was nothing new. */
  | "spurious-resume"
  /** More ran at a time than a limit allows, or somebody without a slot. */
  | "over-limit"
  /** A limit counts another number than have a slot, or a slot is held by one that must not. */
  | "slot"
  /** Somebody waits for a slot, and need not. */
  | "idle-slot"
  /** Two changes were made by what both had read, and one of them is lost. */
  | "lost-update"
  /** A process has missed a change of the registry for good. */
  | "stale-registry"
  /** An operator was told that something had been done, and it had not. */
  | "not-done"
  /** It does not end. */
  | "stuck"
  /** It has ended, and something was left behind. */
  | "leftover"
  /** A commit failed, and the partition was not opened again. */
  | "not-reopened"
  /** An invariant was broken, or an error came out where none may. */
  | "bug";

export interface Violation {
  readonly kind: ViolationKind;
  readonly message: string;
  /** Virtual time. */
  readonly atMs: number;
}

/** Collects violations; a seed ends with the first. */
export class Violations {
  readonly list: Violation[] = [];
  /** Kinds that are not reported; for tests of the checker itself. */
  readonly ignored: ReadonlySet<ViolationKind>;
  private readonly now: () => number;

  constructor(now: () => number, ignored: ReadonlySet<ViolationKind> = new Set()) {
    this.now = now;
    this.ignored = ignored;
  }

  get any(): boolean {
    return this.list.length > 0;
  }

  report(kind: ViolationKind, message: string): void {
    if (!this.ignored.has(kind)) this.list.push({ kind, message, atMs: this.now() });
  }
}
