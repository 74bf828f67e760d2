/** The durable journals: every entry once, in order, and every result the callee's own. */
import {
  type Commit,
  FRAME_HEADER_BYTES,
  invocationOfRowKey,
  type JournalEntry,
  visitSegment,
} from "@rejoin/engine";
import {
  decodeBody,
  type EndpointMessage,
  formatInvocationId,
  type InvocationKey,
  isCommandKind,
  parseInvocationId,
  type ServerMessage,
} from "@rejoin/protocol";
import type { CommitObserver } from "./commit-observer.ts";
import { digestOf, ENDED } from "./digest.ts";
import type { DiskPartition } from "./disk-rows.ts";
import type { KnownInvocation } from "./known-invocation.ts";
import { readEntryBody } from "./payload-rows.ts";
import type { Violations } from "./violations.ts";

/** Which commit an entry came with. */
export interface Origin {
  readonly order: number;
  readonly epoch: number;
  readonly disk: DiskPartition;
}

export class DurableJournal {
  private readonly invocations: ReadonlyMap<InvocationKey, KnownInvocation>;
  private readonly violations: Violations;

  private readonly observers: readonly CommitObserver[];

  constructor(
    invocations: ReadonlyMap<InvocationKey, KnownInvocation>,
    violations: Violations,
    observers: readonly CommitObserver[],
  ) {
    this.invocations = invocations;
    this.violations = violations;
    this.observers = observers;
  }

  /** A segment has been written. */
  segment(
    row: { readonly key: Uint8Array; readonly value: Uint8Array },
    commit: Commit,
    origin: Origin,
  ): void {
    const key = invocationOfRowKey(row.key);
    const known = this.invocations.get(key);
    if (known === undefined) {
      this.violations.report("damaged-journal", `a journal without an invocation: ${name(key)}`);
      return;
    }
    visitSegment(row, (entry) => {
      if (entry.index !== known.entries + 1) {
        const text = `${name(key)}: entry ${entry.index} was written after ${known.entries}`;
        this.violations.report("damaged-journal", text);
      }
      known.entries += 1;
      this.entry(known, entry, commit, origin);
    });
  }

  /** The header must count the entries that are there. */
  checkLength(key: InvocationKey): void {
    const known = this.invocations.get(key);
    if (known?.present !== true) return;
    const { status, journalLength, outputInHeader, hasJournalRows } = known.header;
    if (status === "completed" && !hasJournalRows) return;
    const counted = journalLength - 1 - (outputInHeader ? 1 : 0);
    if (counted === known.entries) return;
    const text = `${name(key)} counts ${counted} entries and has ${known.entries}`;
    this.violations.report("damaged-journal", text);
  }

  private entry(known: KnownInvocation, entry: JournalEntry, commit: Commit, origin: Origin): void {
    const body =
      entry.storedLength === undefined
        ? entry.frame.subarray(FRAME_HEADER_BYTES)
        : readEntryBody(origin.disk, known.key, entry.index);
    const message = decodeBody(entry.code, 0, body, 7);
    const isCopied = isBeingCopied(known, origin);
    if (!isCopied) this.mayIssue(known, message, origin);
    this.noteCommand(known, message);
    for (const observer of this.observers) observer.entry?.(known, message, isCopied);
    if (!("completionId" in message) || !("result" in message)) return;
    const { completionId, result } = message;
    const digest = digestOf(result);
    if (!known.declared.has(completionId)) {
      const text = `${name(known.key)}: no command waits for completion ${completionId}`;
      this.violations.report("damaged-journal", text);
    }
    if (known.completions.has(completionId)) {
      const text = `${name(known.key)}: completion ${completionId} is in the journal twice`;
      this.violations.report("damaged-journal", text);
    }
    const { order, epoch } = origin;
    known.completions.set(completionId, { digest, order, epoch });
    if (result.kind === "invocationId") {
      known.callees.set(completionId, parseInvocationId(result.invocationId));
    }
    this.checkSleep(known, completionId, commit);
    this.checkCall(known, completionId, digest);
  }

  /** Only one that was running before the commit can have issued a command in it. */
  private mayIssue(
    known: KnownInvocation,
    message: EndpointMessage | ServerMessage,
    { order }: Origin,
  ): void {
    if (!isCommandKind(message.kind)) return;
    const status = known.before.order === order ? known.before.status : known.header.status;
    if (status === "invoked") return;
    const text = `${name(known.key)} issued ${message.kind} while it was ${status}`;
    this.violations.report("not-running", text);
  }

  private noteCommand(known: KnownInvocation, message: EndpointMessage | ServerMessage): void {
    if ("resultCompletionId" in message) known.declared.add(message.resultCompletionId);
    if ("invocationIdCompletionId" in message) known.declared.add(message.invocationIdCompletionId);
    if (message.kind === "run") known.runs.set(message.name, message.resultCompletionId);
    else if (message.kind === "sleep") {
      known.sleeps.set(message.resultCompletionId, message.wakeUpTime);
    } else if (message.kind === "call") {
      known.calls.set(message.resultCompletionId, message.invocationIdCompletionId);
    }
  }

  private checkSleep(known: KnownInvocation, completionId: number, commit: Commit): void {
    const wakeUpTime = known.sleeps.get(completionId);
    if (wakeUpTime === undefined || commit.timeMs >= wakeUpTime) return;
    const text = `${name(known.key)}: a sleep ended ${wakeUpTime - commit.timeMs} ms early`;
    this.violations.report("early-timer", text);
  }

  /** A result that reaches a caller is the one that its callee has durably come to. */
  private checkCall(known: KnownInvocation, completionId: number, digest: string): void {
    const idCompletion = known.calls.get(completionId);
    if (idCompletion === undefined) return;
    const key = known.callees.get(idCompletion);
    const callee = key === undefined ? undefined : this.invocations.get(key);
    if (callee?.touched === true) known.touched = true;
    if (callee === undefined) {
      // Born and ended in one commit, it was never on the disk.
      if (ENDED.has(digest)) return;
      const text = `${name(known.key)}: result ${completionId} has no callee`;
      this.violations.report("lost", text);
    } else if (callee.lives > 1 || callee.vanished) {
      return; // The result is that of a life whose traces are gone.
    } else if (callee.outcome !== undefined && callee.outcome !== digest) {
      const text = `${name(known.key)} got ${digest} of a callee that gave ${callee.outcome}`;
      this.violations.report("changed-outcome", text);
    } else if (callee.outcome === undefined) {
      const text = `${name(known.key)} got ${digest} of a callee that has not completed`;
      this.violations.report("early-delivery", text);
    }
  }
}

/** Before its first attempt, a journal can only have been given to it. */
function isBeingCopied({ before, header }: KnownInvocation, { order }: Origin): boolean {
  const { status } = before.order === order ? before : header;
  return header.seedOf !== undefined && (status === "scheduled" || status === "none");
}

function name(key: InvocationKey): string {
  return formatInvocationId(key);
}
