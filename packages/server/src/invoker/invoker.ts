/**
 * The invoker: drives invocations that the engine has started.
 *
 * A bounded number of attempts runs at a time; ids of the others wait in a queue. A slot belongs to
 * code that may be running: when invocations wait for a slot, attempts that only await are asked to
 * suspend. A resume is held back for as long as the invocation's last replay took, so that replaying
 * never costs more than half of the time.
 */
import type {
  Action,
  AttemptFailure,
  EngineRecord,
  Invocation,
  NotifyAction,
  StopAttemptAction,
} from "@rejoin/engine";
import { ChurnMap, formatInvocationId, type InvocationKey } from "@rejoin/protocol";
import type { StateReads } from "../journal/eager-state.ts";
import type { Limits } from "../limits.ts";
import type { AttemptWatch, InvokerObserver } from "../ports/observers.ts";
import type { Ports } from "../ports/ports.ts";
import { Attempt, type AttemptEnd, type AttemptHost, type AttemptRoute } from "./attempt.ts";
import { AttemptPace } from "./attempt-pace.ts";
import { IdleWatch } from "./idle-watch.ts";
import { PendingBudget } from "./pending-budget.ts";
import { ReadyQueue } from "./ready-queue.ts";
import { ReplayTimes } from "./replay-times.ts";
import { SlotRequests } from "./slot-requests.ts";

/** The partition that an invocation lives in, as the invoker needs it. */
export interface PartitionAccess {
  submit(key: InvocationKey, record: EngineRecord, applied?: () => void): void;
  /** The committed header, if it is in memory; `null` if there is none. */
  committed(key: InvocationKey): Invocation | null | undefined;
  /** The newest header that has been applied, durable or not, if it is in memory. */
  latest(key: InvocationKey): Invocation | null | undefined;
  /** Reads it from the store. Never rejects: what cannot be read is started again later. */
  load(keys: readonly InvocationKey[]): Promise<(Invocation | undefined)[]>;
  reads(key: InvocationKey): StateReads | undefined;
  partitionOf(key: InvocationKey): number;
  /** Starts again all invocations that are invoked. */
  rescan(): void;
}

/** Where an invocation's next attempt goes. */
export type Route =
  | (AttemptRoute & { readonly kind: "deployment"; readonly abortTimeoutMs: number })
  | { readonly kind: "none"; readonly failure: AttemptFailure };

export interface InvokerOptions {
  readonly partitions: PartitionAccess;
  readonly route: (invocation: Invocation) => Route;
  readonly ports: Ports;
  readonly limits: Limits;
  readonly observer?: InvokerObserver | undefined;
}

/** What is read is good, or may be from before something that has happened. */
type Loading = "current" | "outdated";

interface Running {
  readonly attempt: Attempt;
  readonly partition: number;
  readonly watch: AttemptWatch | undefined;
  /** Of its idle watch. */
  readonly ticket: number;
}

/** Longer than any replay ought to take: a resume is not held back beyond it. */
const HOLD_BACK_MS_MAX = 5000;
/** Replays shorter than this are not worth holding anything back. */
const HOLD_BACK_MS_MIN = 2;
/** Silence after which an attempt of an older protocol version is taken to await. */
const SILENT_MS = 50;
/** Awaited futures nested too deeply: the same code would nest them again. */
const FUTURE_TOO_DEEP = "RT0025";

export class Invoker {
  private readonly options: InvokerOptions;
  private readonly running = new ChurnMap<InvocationKey, Running>();
  /** Attempts that hold a slot and only await, the longest first. */
  private readonly awaiting = new ChurnMap<InvocationKey, Attempt>();
  private readonly slotRequests = new SlotRequests();
  private readonly ready: ReadyQueue;
  private readonly idle: IdleWatch;
  private readonly pace: AttemptPace;
  private readonly replays = new ReplayTimes();
  private readonly host: AttemptHost;
  private readonly held = new Map<InvocationKey, () => void>();
  /** Headers that are being read, and what becomes of what is read. */
  private readonly loadingKeys = new Map<InvocationKey, Loading>();
  /** Attempts that have failed, by their start, until the partition has taken note. */
  private readonly failing = new Map<InvocationKey, number>();
  /** Set while draining: called when the last attempt has ended. */
  private drained: (() => void) | undefined;
  private closed = false;
  private cancelSilent: (() => void) | undefined;
  attemptsStarted = 0;

  constructor(options: InvokerOptions) {
    this.options = options;
    this.ready = new ReadyQueue(options.limits.readyQueueMax);
    this.idle = new IdleWatch(options.ports);
    this.pace = new AttemptPace(options.ports, () => {
      if (this.ready.length > 0) this.fillSlots();
    });
    this.host = this.createHost();
  }

  private createHost(): AttemptHost {
    const { partitions, ports, limits } = this.options;
    return {
      ports,
      limits,
      budget: new PendingBudget(limits.pendingBytesMax),
      submit: (key, record, applied) => partitions.submit(key, record, applied),
      pace: (goOn) => this.pace.bear(this.ready.length, goOn),
      onAwaiting: (attempt) => this.onAwaiting(attempt),
      onReportedError: ({ invocation }, { code, message }) =>
        this.logFailure(invocation, String(code), message),
      onEnd: (attempt, end) => this.onEnd(attempt, end),
    };
  }

  get attemptCount(): number {
    return this.running.size;
  }

  get readyCount(): number {
    return this.ready.length + this.held.size;
  }

  /** Attempts that hold a slot and only await. */
  get awaitingCount(): number {
    return this.awaiting.size;
  }

  /** The open attempts. */
  *attempts(): Generator<Attempt> {
    for (const { attempt } of this.running.values()) yield attempt;
  }

  isInFlight(key: InvocationKey): boolean {
    return this.running.has(key);
  }

  /** The invocations with an open attempt on a deployment. */
  attemptsOn(deploymentId: string): InvocationKey[] {
    const open = [...this.running.entries()].filter(
      ([, { attempt }]) => attempt.deploymentId === deploymentId,
    );
    return open.map(([key]) => key);
  }

  /** Takes the actions that concern attempts. */
  act(actions: readonly Action[]): void {
    for (const action of actions) {
      switch (action.kind) {
        case "start":
          this.start(action.invocation);
          break;
        case "notify":
          this.notify(action);
          break;
        case "ackCommand":
          this.find(action.key, action.start)?.ackCommand(action.commandIndex);
          break;
        case "stopAttempt":
          this.stop(action);
          break;
        case "yieldSlot":
          this.askToYield(action.key, action.limiter);
          break;
        case "suspendAttempt":
          this.suspend(action.key, action.start);
          break;
        case "completed":
          this.slotRequests.delete(action.key);
          break;
        default:
      }
    }
  }

  /** Everything of a partition is void: its leader's epoch has ended. */
  drop(partition: number, reason: string): void {
    for (const key of this.loadingKeys.keys()) {
      if (this.options.partitions.partitionOf(key) === partition)
        this.loadingKeys.set(key, "outdated");
    }
    for (const key of this.failing.keys()) {
      if (this.options.partitions.partitionOf(key) === partition) this.failing.delete(key);
    }
    for (const [key, { attempt, partition: own }] of this.running.entries()) {
      if (own !== partition) continue;
      this.forget(key, attempt);
      attempt.abort(reason);
    }
    for (const [key, cancel] of this.held) {
      if (this.options.partitions.partitionOf(key) !== partition) continue;
      cancel();
      this.held.delete(key);
    }
  }

  /** Aborts all attempts. */
  close(reason: string): void {
    this.closed = true;
    this.cancelSilent?.();
    this.idle.close();
    for (const cancel of this.held.values()) cancel();
    for (const [key, { attempt }] of this.running.entries()) {
      this.forget(key, attempt);
      attempt.abort(reason);
    }
  }

  /** Starts nothing more, asks open attempts to suspend, and says when none is left. */
  drain(done: () => void): void {
    this.drained = done;
    for (const { attempt } of [...this.running.values()]) attempt.requestSuspension();
    this.checkDrained();
  }

  private checkDrained(): void {
    if (this.running.size > 0) return;
    this.drained?.();
  }

  /** A callee of it waits for a slot of a limit: if it has one, it gives it up when it only awaits. */
  private askToYield(key: InvocationKey, limiter: string): void {
    const attempt = this.running.get(key)?.attempt;
    const caller = attempt?.invocation ?? this.options.partitions.committed(key);
    if (!this.slotRequests.add(key, limiter, caller) || attempt === undefined) return;
    if (!this.yieldSlots(attempt)) this.watchSilent();
  }

  private yieldSlots(attempt: Attempt): boolean {
    if (!attempt.acceptsInput || !this.slotRequests.concern(attempt.invocation)) return false;
    if (!attempt.isAwaiting && !attempt.seemsToAwait(SILENT_MS)) return false;
    this.awaiting.deleteIf(attempt.invocation.key, attempt);
    attempt.requestSuspension();
    return true;
  }

  private notify(action: NotifyAction): void {
    const attempt = this.find(action.key, action.start);
    if (attempt !== undefined) attempt.notify(action);
    // What is being read may be from before: it is read again.
    else if (this.loadingKeys.get(action.key) === "current") {
      this.loadingKeys.set(action.key, "outdated");
    }
  }

  /** The attempt is over for the engine: because it has failed, or for the invocation's sake. */
  private stop({ key, start, reason }: StopAttemptAction): void {
    const attempt = this.find(key, start);
    if (attempt === undefined) return;
    const { starts, lastFailure } = this.options.partitions.committed(key) ?? {};
    if (starts === start + 1 && lastFailure !== undefined) {
      this.running.get(key)?.watch?.ended("failed", lastFailure);
    }
    attempt.abort(reason);
  }

  private suspend(key: InvocationKey, start: number): void {
    const attempt = this.find(key, start);
    if (attempt !== undefined) attempt.requestSuspension();
    else if (this.failing.get(key) !== start) this.reportHeld(key, start);
  }

  private reportHeld(key: InvocationKey, start: number): void {
    this.options.partitions.submit(key, { kind: "attemptHeld", key, start });
  }

  private find(key: InvocationKey, start: number): Attempt | undefined {
    const attempt = this.running.get(key)?.attempt;
    return attempt?.invocation.starts === start ? attempt : undefined;
  }

  private start(invocation: Invocation): void {
    const { key } = invocation;
    if (this.isStarted(invocation)) return;
    // What is being read is from before: it is read again.
    if (this.loadingKeys.has(key)) this.loadingKeys.set(key, "outdated");
    const holdMs = this.replays.take(key);
    if (holdMs >= HOLD_BACK_MS_MIN) this.holdBack(key, Math.min(holdMs, HOLD_BACK_MS_MAX));
    else if (this.mayOpen && this.ready.length === 0) this.openIfCurrent(invocation);
    else this.enqueue(key);
  }

  /** Whether its attempt is open; one that is older is ended. */
  private isStarted({ key, starts }: Invocation): boolean {
    const { attempt, watch } = this.running.get(key) ?? {};
    if (attempt === undefined) return false;
    if (attempt.invocation.starts >= starts) return true;
    watch?.ended("aborted");
    this.forget(key, attempt);
    attempt.abort("a newer attempt has been started");
    return false;
  }

  private holdBack(key: InvocationKey, delayMs: number): void {
    this.held.get(key)?.();
    const cancel = this.options.ports.timers.after(delayMs, () => {
      this.held.delete(key);
      this.enqueue(key);
    });
    this.held.set(key, cancel);
  }

  private enqueue(key: InvocationKey): void {
    this.ready.push(key);
    this.fillSlots();
  }

  /** Whether an attempt may be opened now: a burst is opened in groups, one a turn. */
  private get mayOpen(): boolean {
    return this.hasSlot && this.pace.mayOpen && !this.isDraining;
  }

  private get isDraining(): boolean {
    return this.drained !== undefined;
  }

  private get hasSlot(): boolean {
    return this.running.size + this.loadingKeys.size < this.options.limits.attemptsMax;
  }

  /** Gives free slots to those who wait, and takes slots back if there are not enough. */
  private fillSlots(): void {
    if (this.closed || this.isDraining) return;
    const missing: InvocationKey[] = [];
    while (this.mayOpen) {
      const key = this.ready.shift();
      if (key === undefined) break;
      if (this.loadingKeys.has(key)) continue;
      const invocation = this.options.partitions.committed(key);
      if (invocation === undefined) {
        missing.push(key);
        this.loadingKeys.set(key, "current");
      } else if (invocation !== null) this.openIfCurrent(invocation);
    }
    if (missing.length > 0) this.load(missing);
    if (this.ready.length > 0 && !this.hasSlot) this.reclaimSlots();
    else if (this.ready.length === 0 && this.ready.overflowed && this.loadingKeys.size === 0) {
      this.ready.resetOverflow();
      this.options.partitions.rescan();
    }
  }

  private load(keys: readonly InvocationKey[]): void {
    void this.options.partitions.load(keys).then((invocations) => {
      const current = new Set(keys.filter((key) => this.loadingKeys.get(key) === "current"));
      for (const key of keys) this.loadingKeys.delete(key);
      // A start that came meanwhile was passed over: whoever has nothing to do is sorted out later.
      for (const key of keys) if (!current.has(key)) this.ready.push(key);
      for (const invocation of invocations) {
        if (invocation !== undefined && current.has(invocation.key)) this.openIfCurrent(invocation);
      }
      this.fillSlots();
    });
  }

  /**
   * Between its place in the queue and now it may have been completed, paused or started; an id may
   * also be in the queue twice. What an attempt did that has ended may not be durable yet: then the
   * newest header differs from the committed one, and its own start will come with that commit.
   */
  private openIfCurrent(invocation: Invocation): void {
    const { key, starts } = invocation;
    if (this.closed || !mayRun(invocation)) return;
    if (this.failing.get(key) === starts) return;
    const latest = this.options.partitions.latest(key);
    if (latest === null) return;
    if (latest !== undefined && (!mayRun(latest) || latest.starts !== starts)) return;
    if (!this.isStarted(invocation)) this.open(invocation);
  }

  private open(invocation: Invocation): void {
    const { key } = invocation;
    const { partitions } = this.options;
    if (invocation.pausing) {
      this.reportHeld(key, invocation.starts);
      return;
    }
    const route = this.options.route(invocation);
    const reads = partitions.reads(key);
    if (reads === undefined) return;
    if (route.kind === "none") {
      const { starts: start } = invocation;
      partitions.submit(key, { kind: "attemptFailed", key, start, failure: route.failure });
      return;
    }
    this.attemptsStarted += 1;
    this.pace.opened();
    if (this.loadingKeys.has(key)) this.loadingKeys.set(key, "outdated");
    const watch = this.options.observer?.attemptStarted(invocation, route.pin);
    const attempt = new Attempt({ host: this.host, invocation, route, reads, watch });
    const ticket = this.idle.watch(attempt, route);
    this.running.set(key, { attempt, partition: partitions.partitionOf(key), watch, ticket });
    attempt.start();
    if (this.slotRequests.concern(invocation)) this.watchSilent();
  }

  private onAwaiting(attempt: Attempt): void {
    if (this.yieldSlots(attempt)) return;
    this.awaiting.set(attempt.invocation.key, attempt);
    if (this.ready.length > 0 && !this.hasSlot) this.reclaimSlots();
  }

  /** Asks as many awaiting attempts to suspend as there are invocations waiting for a slot. */
  private reclaimSlots(): void {
    let wanted = this.ready.length;
    for (const [key, attempt] of this.awaiting.entries()) {
      if (wanted <= 0) return;
      this.awaiting.delete(key);
      if (!attempt.isAwaiting || !attempt.acceptsInput) continue;
      wanted -= 1;
      attempt.requestSuspension();
    }
    if (wanted > 0) this.watchSilent();
  }

  /** Endpoints of older protocol versions do not say that they only await: their silence does. */
  private watchSilent(): void {
    this.cancelSilent ??= this.options.ports.timers.after(SILENT_MS, () => {
      this.cancelSilent = undefined;
      let wanted = this.hasSlot ? 0 : this.ready.length;
      let mustYield = false;
      for (const { attempt } of [...this.running.values()]) {
        if (this.yieldSlots(attempt)) continue;
        mustYield ||= attempt.acceptsInput && this.slotRequests.concern(attempt.invocation);
        if (wanted <= 0 || !attempt.seemsToAwait(SILENT_MS)) continue;
        wanted -= 1;
        attempt.requestSuspension();
      }
      if (wanted > 0 || mustYield) this.watchSilent();
    });
  }

  private forget(key: InvocationKey, attempt: Attempt): void {
    const running = this.running.get(key);
    if (running?.attempt === attempt) {
      this.running.delete(key);
      this.idle.unwatch(running.ticket);
      running.watch?.ended("interrupted");
    }
    this.awaiting.deleteIf(key, attempt);
  }

  private onEnd(attempt: Attempt, end: AttemptEnd): void {
    const { key, starts: start } = attempt.invocation;
    const running = this.running.get(key);
    const wasRunning = running?.attempt === attempt;
    if (wasRunning) {
      const result = end.failure === undefined ? attempt.result : "failed";
      running.watch?.ended(result, end.failure ?? attempt.reportedError);
    }
    this.forget(key, attempt);
    if (attempt.result === "suspended") this.slotRequests.delete(key);
    if (wasRunning && end.failure !== undefined) {
      const { failure, nextRetryDelayMs, pause = false } = end;
      const delay = nextRetryDelayMs === undefined ? {} : { nextRetryDelayMs };
      const pauses = pause || failure.docCode === FUTURE_TOO_DEEP;
      const behavior = pauses ? ({ behavior: "pause" } as const) : {};
      this.failing.set(key, start);
      this.options.partitions.submit(
        key,
        { kind: "attemptFailed", key, start, failure, ...delay, ...behavior },
        () => {
          if (this.failing.get(key) === start) this.failing.delete(key);
        },
      );
      this.logFailure(attempt.invocation, failure.docCode, failure.message);
    }
    if (end.replayMs >= HOLD_BACK_MS_MIN) this.replays.remember(key, end.replayMs);
    if (this.ready.length > 0 || this.ready.overflowed) this.fillSlots();
    this.checkDrained();
  }

  private logFailure({ key, target }: Invocation, code: string, message: string): void {
    this.options.ports.log("warn", `an attempt failed: ${message}`, {
      invocation: formatInvocationId(key),
      target: `${target.service}/${target.handler}`,
      code,
    });
  }
}

/** It is the invoker's, and waits neither for its time nor for a slot of a concurrency limit. */
function mayRun({ status, nextRetryAt, waitingFor }: Invocation): boolean {
  return status === "invoked" && nextRetryAt === 0 && waitingFor === undefined;
}
