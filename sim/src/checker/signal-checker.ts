/**
 * Signals: one that was sent to an invocation that is alive is in its journal; a killed one's
 * callees are dead when the task that kills them is done; messages between partitions likewise.
 */
import {
  type Commit,
  decodePartitionMessage,
  type PartitionMessage,
  Tag,
  type Write,
} from "@rejoin/engine";
import {
  type EndpointMessage,
  formatInvocationId,
  type InvocationKey,
  parseAwakeableId,
  parseInvocationId,
  type ServerMessage,
  type SignalNotification,
} from "@rejoin/protocol";
import type { Stats } from "../stats.ts";
import type { CommitObserver, HeaderChange } from "./commit-observer.ts";
import { digestOf } from "./digest.ts";
import { binaryText } from "./disk-rows.ts";
import type { Interventions } from "./interventions.ts";
import type { KnownInvocation } from "./known-invocation.ts";
import type { Violations } from "./violations.ts";

interface Options {
  readonly known: (key: InvocationKey) => KnownInvocation | undefined;
  readonly interventions: Interventions;
  readonly violations: Violations;
  readonly stats: Stats;
}

/** A signal that somebody has sent. */
interface SentSignal {
  readonly to: InvocationKey;
  readonly text: string;
}

/** Callees of a killed invocation, in the lives that they had then. */
type Doomed = readonly { readonly key: InvocationKey; readonly bornIn: number | undefined }[];

const STARTED: ReadonlySet<string> = new Set(["invoked", "suspended", "paused"]);
const KILLED = "failure 409 killed";

export class SignalChecker implements CommitObserver {
  private readonly options: Options;
  private sent: SentSignal[] = [];
  private readonly doomed = new Map<InvocationKey, Doomed>();
  /** Killed in this commit, which may also hold the last of their calls. */
  private killed: KnownInvocation[] = [];
  private readonly deadNow: InvocationKey[] = [];
  /** Who was alive before this commit, of those that it is about. */
  private readonly aliveBefore = new Map<InvocationKey, boolean>();
  private readonly mail = new Map<string, PartitionMessage>();

  constructor(options: Options) {
    this.options = options;
  }

  header({ known, statusBefore, header }: HeaderChange): void {
    const wasAlive = statusBefore !== "none" && statusBefore !== "completed";
    this.aliveBefore.set(known.key, wasAlive);
    const isKilled = header?.status === "completed" && known.outcome === KILLED;
    // One that had not started can only have been given calls, with another one's journal.
    if (isKilled && STARTED.has(statusBefore)) this.killed.push(known);
  }

  entry(known: KnownInvocation, message: EndpointMessage | ServerMessage, isCopied: boolean): void {
    if (message.kind === "signal") {
      known.signals.push(textOf(message));
      return;
    }
    if (isCopied) return;
    if (message.kind === "completeAwakeable") {
      const target = parseAwakeableId(message.awakeableId);
      if (target.kind !== "signal") return;
      const { invocationKey: to, signalIndex } = target;
      this.send(to, { kind: "signal", signalIndex, result: message.result });
    } else if (message.kind === "sendSignal") {
      const to = parseInvocationId(message.targetInvocationId);
      const { signalIndex, signalName, result } = message;
      const id = signalName === undefined ? { signalIndex: signalIndex ?? 0 } : { signalName };
      this.send(to, { kind: "signal", ...id, result });
    }
  }

  row(_partition: number, { key, value }: Write): void {
    if (key[0] !== Tag.task || value !== undefined || key[1] !== "k".charCodeAt(0)) return;
    this.deadNow.push(binaryText(key).slice(2) as InvocationKey);
  }

  committed(partition: number, commit: Commit): void {
    for (const { destination, sequence, body } of commit.messages) {
      const name = `${partition} ${destination} ${sequence.commit} ${sequence.index}`;
      this.mail.set(name, decodePartitionMessage(body));
    }
    for (const { source, sequence } of commit.consumed) {
      const name = `${source} ${partition} ${sequence.commit} ${sequence.index}`;
      this.consumed(this.mail.get(name));
      this.mail.delete(name);
    }
    for (const sent of this.sent) {
      const known = this.options.known(sent.to);
      if (known?.partition === partition) this.mustHave(sent);
    }
    this.sent = [];
    for (const known of this.killed) this.doom(known);
    this.killed = [];
    for (const parent of this.deadNow.splice(0)) this.checkDead(parent, partition);
    this.aliveBefore.clear();
  }

  /** A signal has been acknowledged to whoever sent it from outside. */
  acknowledged(key: InvocationKey, lives: number, signal: SignalNotification): void {
    const known = this.options.known(key);
    if (known === undefined || known.lives !== lives || !isAlive(known)) return;
    this.options.stats.count("signal acknowledged");
    if (known.signals.includes(textOf(signal))) return;
    const text = `${textOf(signal)} to ${formatInvocationId(key)} was acknowledged`;
    this.options.violations.report("lost-signal", `${text} and is not in its journal`);
  }

  private doom({ key: parent, callees }: KnownInvocation): void {
    this.options.stats.count("killed");
    const doomed = [...callees.values()].map((key) => {
      const callee = this.options.known(key);
      return { key, bornIn: callee?.present === true ? callee.header.bornIn : undefined };
    });
    for (const { key } of doomed) this.options.interventions.condemn(key);
    this.doomed.set(parent, doomed);
  }

  /** Whom nobody has finished killing, with all that they called. */
  *unfinished(): Generator<InvocationKey> {
    for (const [key, callees] of this.doomed) if (callees.length > 0) yield key;
  }

  // ---- messages ---------------------------------------------------------------------------------

  private send(to: InvocationKey, signal: SignalNotification): void {
    if (signal.signalIndex === 1) this.options.interventions.condemn(to);
    this.sent.push({ to, text: textOf(signal) });
  }

  private consumed(message: PartitionMessage | undefined): void {
    if (message === undefined) return;
    const { stats } = this.options;
    stats.count(`message between partitions: ${message.kind}`);
    if (message.kind === "signal") {
      this.mustHave({ to: message.to, text: textOf(message.signal) });
    } else if (message.kind === "kill") {
      const known = this.options.known(message.to);
      if (known !== undefined && isAlive(known)) this.reportSurvivor(message.to);
    }
  }

  /** Alive before and after, it must have got it. */
  private mustHave({ to, text }: SentSignal): void {
    const known = this.options.known(to);
    if (known === undefined || !isAlive(known)) return;
    if (known.signals.includes(text) || this.aliveBefore.get(to) === false) return;
    const what = `${text} was sent to ${formatInvocationId(to)}`;
    this.options.violations.report("lost-signal", `${what}, which is alive and has not got it`);
  }

  private checkDead(parent: InvocationKey, partition: number): void {
    for (const { key, bornIn } of this.doomed.get(parent) ?? []) {
      const known = this.options.known(key);
      if (known === undefined || known.partition !== partition || !isAlive(known)) continue;
      if (bornIn === known.header.bornIn) this.reportSurvivor(key);
    }
    this.options.stats.count("killed with all that it called");
    this.doomed.delete(parent);
  }

  private reportSurvivor(key: InvocationKey): void {
    const text = `${formatInvocationId(key)} is alive, and what called it has been killed`;
    this.options.violations.report("survived-kill", text);
  }
}

function isAlive({ present, header }: KnownInvocation): boolean {
  return present && header.status !== "completed";
}

function textOf({ signalIndex, signalName, result }: SignalNotification): string {
  return `signal ${signalName ?? signalIndex ?? 0} ${digestOf(result)}`;
}
