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
  type StoredOutcome,
  Tag,
  TRANSITIONS,
  type Write,
} from "@rejoin/engine";
import { formatInvocationId, type InvocationKey } from "@rejoin/protocol";
import type { MemoryDisk } from "@rejoin/storage";
import type { Predictor } from "../program/predict.ts";
import type { Outcome } from "../program/program.ts";
import type { Stats } from "../stats.ts";
import { digestOf, latin1, parseValue } from "./digest.ts";
import { DurableJournal } from "./durable-journal.ts";
import { DurableTimers } from "./durable-timers.ts";
import { beginNewLife, createKnown, type KnownInvocation } from "./known-invocation.ts";
import { MailboxLog } from "./mailbox-log.ts";
import { readInputNode, readPayloadText } from "./payload-rows.ts";
import type { Violations } from "./violations.ts";

export interface DurableLogOptions {
  readonly disk: MemoryDisk;
  readonly predictor: Predictor;
  readonly violations: Violations;
  readonly stats: Stats;
  readonly now: () => number;
  /** When anything last disturbed a partition: its timers may be late for a while. */
  readonly disturbedAt: (partition: number) => number;
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

  constructor(options: DurableLogOptions) {
    this.options = options;
    this.timers = new DurableTimers(options);
    this.mailbox = new MailboxLog(options.violations, options.stats);
    this.journal = new DurableJournal(this.invocations, options.violations);
  }

  /** The disk has taken a commit. */
  committed(partition: number, epoch: number, commit: Commit): void {
    this.order += 1;
    this.mailbox.committed(partition, commit);
    for (const write of commit.writes) {
      if (write.key[0] === Tag.invocation) this.header(partition, commit, write);
    }
    for (const write of commit.writes) {
      if (write.key[0] === Tag.journal && write.value !== undefined) {
        const origin = { order: this.order, epoch, disk: this.options.disk.partition(partition) };
        this.journal.segment({ key: write.key, value: write.value }, commit, origin);
      } else if (write.key[0] === Tag.timer) this.timers.write(partition, commit, write);
    }
    for (const write of commit.writes) {
      if (write.key[0] === Tag.invocation) this.journal.checkLength(invocationOfRowKey(write.key));
    }
  }

  known(key: InvocationKey): KnownInvocation | undefined {
    return this.invocations.get(key);
  }

  // ---- headers ----------------------------------------------------------------------------------

  private header(partition: number, commit: Commit, write: Write): void {
    const key = invocationOfRowKey(write.key);
    const known = this.invocations.get(key);
    if (write.value === undefined) {
      if (known !== undefined) this.removed(known, commit);
      return;
    }
    const header = invocationRows.decode(write.value, key);
    if (known === undefined) this.born(partition, header);
    else if (!known.present || known.header.bornIn !== header.bornIn) this.reborn(known, header);
    else this.changed(known, header);
  }

  private born(partition: number, header: Invocation): void {
    const node = readInputNode(this.options.disk.partition(partition), header);
    const known = createKnown(header.key, partition, header, node);
    this.invocations.set(header.key, known);
    this.step("none", header);
    this.alive += 1;
    this.noteOutcome(known, header);
  }

  private reborn(known: KnownInvocation, header: Invocation): void {
    if (known.present) this.step(known.header.status, { ...header, status: "completed" });
    known.header = header;
    beginNewLife(known, readInputNode(this.options.disk.partition(known.partition), header));
    this.step("none", header);
    this.alive += 1;
    this.options.stats.count("reborn after retention");
    this.noteOutcome(known, header);
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
    this.noteOutcome(known, header);
  }

  private removed(known: KnownInvocation, commit: Commit): void {
    if (!known.present) return;
    known.present = false;
    const { violations, stats } = this.options;
    const { status, completedAt, completionRetentionMs } = known.header;
    if (status === "completed") {
      stats.count("edge completed → none");
      const keptMs = commit.timeMs - completedAt;
      if (keptMs < completionRetentionMs) {
        violations.report("lost", `${this.name(known)} was removed after ${keptMs} ms`);
      }
      return;
    }
    this.alive -= 1;
    known.vanished = true;
    stats.count(`edge ${status} → completed → none`);
    if (completionRetentionMs > 0) {
      violations.report("lost", `${this.name(known)} was removed while it was ${status}`);
    }
  }

  private step(from: InvocationStatus | "none", header: Invocation): void {
    this.options.stats.count(`edge ${from} → ${header.status}`);
    if (REACHABLE[from].has(header.status)) return;
    const text = `${formatInvocationId(header.key)} went from ${from} to ${header.status}`;
    this.options.violations.report("illegal-transition", text);
  }

  // ---- results ----------------------------------------------------------------------------------

  private noteOutcome(known: KnownInvocation, header: Invocation): void {
    if (header.status !== "completed") return;
    const { violations, predictor } = this.options;
    if (header.output === undefined) {
      violations.report("lost", `${this.name(known)} has completed without a result`);
      return;
    }
    const { digest, outcome } = this.describe(known, header.output);
    if (known.outcome === undefined) {
      known.outcome = digest;
      this.alive -= 1;
      const planned = predictor.node(known.node);
      if (JSON.stringify(outcome) !== JSON.stringify(planned)) {
        const text = `${this.name(known)} gave ${digest}, not ${JSON.stringify(planned)}`;
        violations.report("wrong-value", text);
      }
    } else if (known.outcome !== digest) {
      const text = `${this.name(known)} first gave ${known.outcome}, then ${digest}`;
      violations.report("changed-outcome", text);
    }
  }

  private describe(
    known: KnownInvocation,
    output: StoredOutcome,
  ): { readonly digest: string; readonly outcome: Outcome | undefined } {
    if (output.kind === "failure") {
      const outcome = { ok: false, code: output.failure.code } as const;
      return { digest: digestOf(output), outcome };
    }
    if (output.value.kind === "inline") {
      const { bytes: value } = output.value;
      const outcome = parseValue(latin1(value, value.length));
      return { digest: digestOf({ kind: "value", value }), outcome };
    }
    const text = readPayloadText(this.options.disk.partition(known.partition), known.key, "output");
    const value = Buffer.from(text, "latin1");
    return { digest: digestOf({ kind: "value", value }), outcome: parseValue(text) };
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
