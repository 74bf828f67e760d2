/**
 * What the disk has made durable, commit by commit, and whether each commit may follow the ones
 * before. Everything else is compared with this: nothing may leave a process that is not in here.
 */
import {
  type Commit,
  type Invocation,
  type InvocationStatus,
  invocationOfRowKey,
  invocationRows,
  Tag,
  type TimerId,
  TRANSITIONS,
  type Write,
} from "@rejoin/engine";
import { formatInvocationId, type InvocationKey } from "@rejoin/protocol";
import type { MemoryDisk } from "@rejoin/storage";
import type { Predictor } from "../program/predict.ts";
import type { Stats } from "../stats.ts";
import type { CommitObserver, HeaderChange } from "./commit-observer.ts";
import { DurableJournal } from "./durable-journal.ts";
import { DurableTimers } from "./durable-timers.ts";
import type { Interventions } from "./interventions.ts";
import { beginNewLife, createKnown, type KnownInvocation } from "./known-invocation.ts";
import { MailboxLog } from "./mailbox-log.ts";
import { ObjectChecker } from "./object-checker.ts";
import { OperationChecker } from "./operation-checker.ts";
import { OutcomeChecker } from "./outcome-checker.ts";
import { readInputNode } from "./payload-rows.ts";
import { PromiseChecker } from "./promise-checker.ts";
import { SignalChecker } from "./signal-checker.ts";
import { StateChecker } from "./state-checker.ts";
import { TaskLog } from "./task-log.ts";
import type { Violations } from "./violations.ts";

export interface DurableLogOptions {
  readonly disk: MemoryDisk;
  readonly predictor: Predictor;
  readonly violations: Violations;
  readonly stats: Stats;
  readonly now: () => number;
  /** When anything last disturbed a partition: its timers may be late for a while. */
  readonly disturbedAt: (partition: number) => number;
  readonly interventions: Interventions;
  /** Others who look at each commit. */
  readonly others: readonly CommitObserver[];
}

export class DurableLog {
  readonly invocations = new Map<InvocationKey, KnownInvocation>();
  readonly timers: DurableTimers;
  readonly mailbox: MailboxLog;
  /** How many commits there were: the place of the last one among all. */
  order = 0;
  /** Invocations that have been accepted and not completed. */
  alive = 0;
  private readonly options: DurableLogOptions;
  private readonly journal: DurableJournal;
  readonly tasks: TaskLog;
  readonly states: StateChecker;
  readonly objects: ObjectChecker;
  readonly signals: SignalChecker;
  private readonly outcomes: OutcomeChecker;
  private readonly observers: readonly CommitObserver[];
  private readonly rowObservers: readonly CommitObserver[];

  constructor(options: DurableLogOptions) {
    this.options = options;
    const known = (key: InvocationKey) => this.invocations.get(key);
    const isGone = ({ invocation, bornIn }: TimerId) => {
      const { present, header } = known(invocation) ?? {};
      return present !== true || header?.bornIn !== bornIn;
    };
    this.timers = new DurableTimers({ ...options, isGone });
    this.mailbox = new MailboxLog(options.violations, options.stats);
    this.tasks = new TaskLog(options.stats);
    this.states = new StateChecker(options);
    this.objects = new ObjectChecker(options);
    this.signals = new SignalChecker({ ...options, known });
    this.outcomes = new OutcomeChecker(options);
    const promises = new PromiseChecker({ ...options, known });
    const others = [promises, new OperationChecker(options), ...options.others];
    this.observers = [this.tasks, this.states, this.objects, this.signals, ...others];
    this.rowObservers = this.observers.filter(({ row }) => row !== undefined);
    this.journal = new DurableJournal(this.invocations, options.violations, this.observers);
  }

  /** The disk has taken a commit. */
  committed(partition: number, epoch: number, commit: Commit): void {
    this.order += 1;
    this.mailbox.committed(partition, commit);
    const headers = commit.writes.filter(({ key }) => key[0] === Tag.invocation);
    for (const write of headers) this.header(partition, commit, write);
    for (const write of commit.writes) {
      if (write.key[0] === Tag.journal && write.value !== undefined) {
        const origin = { order: this.order, epoch, disk: this.options.disk.partition(partition) };
        this.journal.segment({ key: write.key, value: write.value }, commit, origin);
      } else if (write.key[0] === Tag.timer) this.timers.write(partition, commit, write);
      for (const observer of this.rowObservers) observer.row?.(partition, write);
    }
    for (const { key } of headers) this.journal.checkLength(invocationOfRowKey(key));
    for (const observer of this.observers) observer.committed?.(partition, commit);
  }

  known(key: InvocationKey): KnownInvocation | undefined {
    return this.invocations.get(key);
  }

  // ---- headers ----------------------------------------------------------------------------------

  private header(partition: number, commit: Commit, write: Write): void {
    const key = invocationOfRowKey(write.key);
    const before = this.invocations.get(key);
    if (write.value === undefined) {
      if (before?.present === true) this.removed(before, commit);
      return;
    }
    const header = invocationRows.decode(write.value, key);
    const isBirth =
      before === undefined || !before.present || before.header.bornIn !== header.bornIn;
    const headerBefore = isBirth ? "none" : before.header;
    const statusBefore = headerBefore === "none" ? "none" : headerBefore.status;
    const known = before ?? this.born(partition, header);
    if (before !== undefined && isBirth) this.reborn(known, header, commit);
    known.before = { order: this.order, status: statusBefore };
    if (headerBefore !== "none") this.changed(known, header);
    if (header.cancelIndex > 0 || this.isOfTouched(header)) known.touched = true;
    if (header.status === "completed" && this.outcomes.note(known, header)) this.alive -= 1;
    this.observe({ known, before: headerBefore, statusBefore, header });
  }

  private observe(change: HeaderChange): void {
    for (const observer of this.observers) observer.header?.(change);
  }

  /** It repeats an invocation that was touched, as far as it has copied its journal. */
  private isOfTouched({ seedOf, restartedFrom }: Invocation): boolean {
    if (seedOf === undefined || restartedFrom === undefined) return false;
    return this.invocations.get(restartedFrom)?.touched === true;
  }

  private born(partition: number, header: Invocation): KnownInvocation {
    const node = readInputNode(this.options.disk.partition(partition), header);
    const known = createKnown(header.key, partition, header, node);
    this.invocations.set(header.key, known);
    this.step("none", header);
    this.alive += 1;
    if (header.restartedFrom !== undefined) this.options.stats.count("restarted");
    return known;
  }

  private reborn(known: KnownInvocation, header: Invocation, commit: Commit): void {
    if (known.present) this.removed(known, commit);
    known.header = header;
    beginNewLife(known, readInputNode(this.options.disk.partition(known.partition), header));
    this.step("none", header);
    this.alive += 1;
    this.options.stats.count("reborn after retention");
  }

  private changed(known: KnownInvocation, header: Invocation): void {
    const { violations } = this.options;
    const before = known.header;
    if (before.status !== header.status) this.step(before.status, header);
    if (header.starts < before.starts) {
      const text = `${this.name(known)} went from start ${before.starts} to ${header.starts}`;
      violations.report("illegal-transition", text);
    }
    if (header.status !== "completed" && header.journalLength < before.journalLength) {
      violations.report("damaged-journal", `${this.name(known)} has lost entries of its journal`);
    }
    known.header = header;
  }

  private removed(known: KnownInvocation, commit: Commit): void {
    known.present = false;
    const { violations, stats, interventions } = this.options;
    const { status, completedAt, completionRetentionMs } = known.header;
    if (status === "completed") {
      stats.count("edge completed → none");
      const keptMs = commit.timeMs - completedAt;
      if (keptMs < completionRetentionMs && !interventions.has(known.key, "purge")) {
        violations.report("lost", `${this.name(known)} was removed after ${keptMs} ms`);
      }
    } else {
      this.alive -= 1;
      known.vanished = true;
      known.touched = true;
      stats.count(`edge ${status} → none`);
      const isUnstarted = status === "scheduled" || status === "inboxed";
      if (!isUnstarted && completionRetentionMs > 0) {
        violations.report("lost", `${this.name(known)} was removed while it was ${status}`);
      }
    }
    this.observe({ known, before: known.header, statusBefore: status, header: undefined });
  }

  private step(from: InvocationStatus | "none", header: Invocation): void {
    this.options.stats.count(`edge ${from} → ${header.status}`);
    if (REACHABLE[from].has(header.status)) return;
    const text = `${formatInvocationId(header.key)} went from ${from} to ${header.status}`;
    this.options.violations.report("illegal-transition", text);
  }

  private name(known: KnownInvocation): string {
    return `${formatInvocationId(known.key)} (node ${known.node})`;
  }
}

/** What may be seen after a status: a commit may hold several changes. */
const REACHABLE: Readonly<Record<InvocationStatus | "none", ReadonlySet<InvocationStatus>>> = {
  none: reachableFrom("none"),
  scheduled: reachableFrom("scheduled"),
  inboxed: reachableFrom("inboxed"),
  invoked: reachableFrom("invoked"),
  suspended: reachableFrom("suspended"),
  paused: reachableFrom("paused"),
  completed: reachableFrom("completed"),
};

function reachableFrom(start: InvocationStatus | "none"): ReadonlySet<InvocationStatus> {
  const reached = new Set<InvocationStatus>();
  const open: (InvocationStatus | "none")[] = [start];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const to of TRANSITIONS[next]) {
      if (reached.has(to)) continue;
      reached.add(to);
      open.push(to);
    }
  }
  return reached;
}
