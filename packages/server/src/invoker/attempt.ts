/**
 * An attempt: one try at driving an invocation, over one stream.
 *
 * It replays the journal from a cursor, then passes on what follows. What it holds in memory is
 * bounded: notifications beyond the bound are left in the store and read from there when it is time.
 * What the endpoint sends is handed to the partition in records, one at a time, so that an attempt
 * that sends much does not push the others aside.
 */
import {
  type AttemptFailure,
  type AttemptRecord,
  type Invocation,
  type Pin,
  verdictOf,
} from "@rejoin/engine";
import {
  decodeBody,
  type ErrorMessage,
  isNotificationKind,
  type Message,
  messageCode,
  type Notification,
  type ProtocolVersion,
} from "@rejoin/protocol";
import {
  type EagerState,
  LAZY_STATE,
  readEagerState,
  recallEagerState,
  type StateReads,
} from "../journal/eager-state.ts";
import { type JournalItem, readEntries, readInput } from "../journal/journal-reader.ts";
import type { Limits } from "../limits.ts";
import type { AttemptResult, AttemptWatch } from "../ports/observers.ts";
import type { Ports } from "../ports/ports.ts";
import { ENDED_WITHOUT_VERDICT, malformedTree, unreadableJournal } from "./attempt-failures.ts";
import { AttemptInbox } from "./attempt-inbox.ts";
import { Backlog } from "./backlog.ts";
import { Delivery, type Notified } from "./delivery.ts";
import type { PendingBudget } from "./pending-budget.ts";
import { Start } from "./start-message.ts";
import type {
  AttemptListener,
  AttemptStream,
  AwaitingOn,
  InboundItem,
  OutboundItem,
  RetryAdvice,
  Transport,
} from "./transport.ts";

export interface AttemptOptions {
  readonly invocation: Invocation;
  readonly pin: Pin;
  readonly transport: Transport;
  readonly reads: StateReads;
  readonly ports: Ports;
  readonly limits: Limits;
  readonly inactivityTimeoutMs: number;
  /** The endpoint asks for each value of its state, instead of getting all of it first. */
  readonly lazyState: boolean;
  readonly watch?: AttemptWatch | undefined;
  /** Memory for notifications that wait beyond its own bounds. */
  readonly budget?: PendingBudget;
  readonly submit: (record: AttemptRecord, applied: () => void) => void;
  /** It only awaits: its slot can be had by asking it to suspend. */
  readonly onAwaiting: (attempt: Attempt) => void;
  /** The endpoint said that the attempt failed. */
  readonly onReportedError: (attempt: Attempt, error: ErrorMessage) => void;
  /** It has ended: with a failure, unless it said itself how. */
  readonly onEnd: (attempt: Attempt, end: AttemptEnd) => void;
}

export interface AttemptEnd {
  readonly failure: AttemptFailure | undefined;
  readonly nextRetryDelayMs: number | undefined;
  /** Another attempt would fail like this one. */
  readonly pause?: boolean;
  /** How long the replay took, 0 if there was none. */
  readonly replayMs: number;
}

type State = "replaying" | "live" | "closing" | "ended";

/** The last words of an endpoint, and how an attempt ends with them. */
const TERMINAL: ReadonlyMap<string, AttemptResult> = new Map([
  ["suspension", "suspended"],
  ["error", "failed"],
  ["end", "completed"],
]);
const FRAME_HEADER_BYTES = 8;
const RUN_CODE = messageCode("run");
/** Commands have smaller codes. */
const FIRST_NOTIFICATION_CODE = 0x8000;
/** From this version on endpoints say what they await. */
const AWAITING_ON_VERSION = 7;

export class Attempt implements AttemptListener {
  readonly invocation: Invocation;
  /** How it ended, by the last word of the endpoint; `aborted` until that has come. */
  result: AttemptResult = "aborted";
  /** What the endpoint said went wrong. */
  reportedError: AttemptFailure | undefined;
  /** When anything last went in either direction. */
  lastActivityAt: number;
  /** It said that it awaits something, no code of it is running, and nothing was sent since. */
  isAwaiting = false;
  /** Runs whose result has not come back: their code may be running. Not kept from version 7 on. */
  private openRuns: Set<number> | undefined;
  /** When the endpoint was asked to suspend, 0 if it was not. */
  closedInputAt = 0;
  private readonly options: AttemptOptions;
  private readonly delivery: Delivery;
  private readonly stream: AttemptStream;
  readonly openedAt: number;
  private state: State = "replaying";
  /** The last journal entry that the endpoint has. */
  private lastIndex = 0;
  /** The last notification that it was told of. */
  private notifiedIndex = 0;
  /** Arrived while replaying. */
  private held: Notified[] = [];
  private readonly backlog: Backlog;
  private readonly inbox: AttemptInbox;
  private saidItsEnd = false;
  private ended: AttemptEnd | undefined;
  private replayMs = 0;
  private liveAt = 0;
  private suspendWhenLive = false;

  constructor(options: AttemptOptions) {
    this.options = options;
    this.invocation = options.invocation;
    this.openedAt = options.ports.clock.now();
    this.lastActivityAt = this.openedAt;
    this.delivery = new Delivery(
      options.ports,
      (items, lastIndex) => {
        this.lastIndex = lastIndex;
        this.backlog.giveBack();
        for (const { message } of items) {
          if (message?.kind === "runCompletion") this.openRuns?.delete(message.completionId);
        }
        this.send(items);
      },
      (error) => this.abortWith(malformedTree(error)),
    );
    this.backlog = new Backlog(options.limits, options.budget);
    this.inbox = this.createInbox();
    const { target, key } = this.invocation;
    this.stream = options.transport.open(
      {
        key,
        service: target.service,
        handler: target.handler,
        objectKey: target.key,
        version: options.pin.protocolVersion as ProtocolVersion,
        deploymentId: options.pin.deploymentId,
        traceHeaders: options.watch?.headers,
      },
      this,
    );
  }

  /** Where it runs. */
  get deploymentId(): string {
    return this.options.pin.deploymentId;
  }

  get isLive(): boolean {
    return this.state !== "ended";
  }

  /**
   * Whether an endpoint that never says what it awaits seems to do nothing else: no `run` of it is
   * unanswered, and it has been silent for a while.
   */
  seemsToAwait(silentMs: number): boolean {
    if (this.options.pin.protocolVersion >= AWAITING_ON_VERSION || this.state !== "live")
      return false;
    const now = this.options.ports.clock.now();
    return (this.openRuns?.size ?? 0) === 0 && now - this.lastActivityAt >= silentMs;
  }

  /** Whether the endpoint may still be given something. */
  get acceptsInput(): boolean {
    return this.state === "replaying" || this.state === "live";
  }

  /** Sends the journal. */
  start(): void {
    const { invocation } = this;
    const { input } = invocation;
    const state = this.knownState();
    if (input.kind === "inline" && invocation.journalLength === 1 && state !== undefined) {
      const { headers } = invocation;
      const command = { kind: "input", name: "", headers, value: input.bytes } as const;
      this.send([{ message: new Start(invocation, this.openedAt, state) }, { message: command }]);
      this.becomeLive();
      return;
    }
    this.replay(state).catch((error: unknown) => this.fail(error));
  }

  /** A notification has become durable. */
  notify(notified: Notified): void {
    if (!this.acceptsInput || notified.index <= this.lastIndex) return;
    this.notifiedIndex = notified.index;
    if (this.backlog.isInStore) this.leaveInStore(notified);
    else if (this.state === "live") this.delivery.add(notified);
    else this.held.push(notified);
    if (!this.backlog.isInStore) this.boundPending();
  }

  ackCommand(commandIndex: number): void {
    if (!this.acceptsInput) return;
    this.send([{ message: { kind: "commandAck", commandIndex } }]);
  }

  /** Asks the endpoint to suspend. */
  requestSuspension(): void {
    if (this.state === "replaying") {
      // An endpoint that does not take the journal is aborted like one that does not suspend.
      this.suspendWhenLive = true;
      if (this.closedInputAt === 0) this.closedInputAt = this.options.ports.clock.now();
    }
    if (this.state !== "live") return;
    this.state = "closing";
    this.closedInputAt = this.options.ports.clock.now();
    this.delivery.close();
    this.stream.closeInput();
  }

  /** Ends the stream; what the endpoint still sends is ignored. */
  abort(reason: string): void {
    if (this.state === "ended") return;
    this.saidItsEnd = true;
    this.inbox.clear();
    this.stream.abort(reason);
    this.finish({ failure: undefined, nextRetryDelayMs: undefined });
  }

  /** Ends the stream with a failure of the attempt. */
  abortWith(failure: AttemptFailure): void {
    if (this.state === "ended") return;
    this.stream.abort(failure.message, true);
    this.onEnd(failure);
  }

  // ---- the endpoint's side ----------------------------------------------------------------------

  onItems(items: readonly InboundItem[]): void {
    if (this.state === "ended" || this.saidItsEnd) return;
    this.touch();
    this.isAwaiting = false;
    this.noteReplayTime();
    for (const item of items) {
      this.inbox.push(item);
      this.options.watch?.said?.(item.message);
      if (item.message.kind === "run") this.noteRun(item.message.resultCompletionId);
      const result = TERMINAL.get(item.message.kind);
      if (result === undefined) continue;
      this.result = result;
      if (item.message.kind === "error") {
        this.reportedError = verdictOf(item.message).failure;
        this.options.onReportedError(this, item.message);
      }
      this.saidItsEnd = true;
      break;
    }
    this.inbox.flush();
  }

  onAwaitingOn(awaiting: AwaitingOn): void {
    if (this.state === "ended") return;
    this.touch();
    this.noteReplayTime();
    if (!this.acceptsInput) return;
    this.isAwaiting = !awaiting.executingSideEffects;
    this.delivery.await(awaiting);
    if (this.backlog.isInStore) this.catchUp();
    if (this.isAwaiting) this.options.onAwaiting(this);
  }

  onEnd(failure?: AttemptFailure, retry?: RetryAdvice): void {
    if (this.state === "ended") return;
    this.noteReplayTime();
    const verdict = this.saidItsEnd ? undefined : (failure ?? ENDED_WITHOUT_VERDICT);
    const { nextRetryDelayMs, pause = false } = retry ?? {};
    this.finish({ failure: verdict, nextRetryDelayMs, pause });
  }

  // ---- replay and delivery ----------------------------------------------------------------------

  private get hasEagerState(): boolean {
    return this.invocation.target.handlerKind !== "service" && !this.options.lazyState;
  }

  /**
   * The last entry that the endpoint surely had when it sent its last word: once its input is closed
   * it takes all of it before it suspends.
   */
  private get given(): number {
    return this.closedInputAt !== 0 ? this.lastIndex : this.invocation.journalLength - 1;
  }

  /** What the endpoint is given of the state, if nothing has to be read for it. */
  private knownState(): EagerState | undefined {
    if (!this.hasEagerState) return LAZY_STATE;
    const { reads, limits } = this.options;
    return recallEagerState(reads, this.invocation.target, limits.eagerStateBytesMax);
  }

  private async replay(known: EagerState | undefined): Promise<void> {
    const { reads, limits } = this.options;
    const { invocation } = this;
    const input = await readInput(reads, invocation);
    const state =
      known ?? (await readEagerState(reads, invocation.target, limits.eagerStateBytesMax));
    this.send([{ message: new Start(invocation, this.openedAt, state) }, { message: input }]);
    const end = invocation.journalLength;
    let next = 1;
    while (next < end && this.state === "replaying") {
      const page = await readEntries(reads, invocation.key, next, limits.replayPageRows);
      const entries = page.filter((entry) => entry.index < end);
      const gap = entries.findIndex((entry, i) => entry.index !== next + i);
      if (gap !== -1 || entries.length === 0) {
        throw new Error(`entry ${next + Math.max(0, gap)} of ${end} is missing`);
      }
      for (const entry of entries) this.noteReplayed(entry);
      this.send(entries.map((entry) => entry.item));
      next += entries.length;
      await this.stream.drained();
    }
    if (this.state === "replaying") this.becomeLive();
  }

  private noteReplayed({ code, item }: JournalItem): void {
    const { pin } = this.options;
    if (code === RUN_CODE && pin.protocolVersion < AWAITING_ON_VERSION) {
      const message = toMessage(code, item);
      if (message?.kind === "run") this.noteRun(message.resultCompletionId);
    }
    const notification = toNotification(code, item);
    if (notification === undefined) return;
    this.noteDelivered(notification);
    this.delivery.replayed(notification);
  }

  private noteRun(completionId: number): void {
    if (this.options.pin.protocolVersion < AWAITING_ON_VERSION) {
      this.openRuns ??= new Set();
      this.openRuns.add(completionId);
    }
  }

  private noteDelivered(notification: Notification): void {
    if (notification.kind === "runCompletion") this.openRuns?.delete(notification.completionId);
  }

  private becomeLive(): void {
    this.lastIndex = Math.max(this.lastIndex, this.invocation.journalLength - 1);
    if (this.state !== "replaying") return;
    this.state = "live";
    this.liveAt = this.options.ports.clock.now();
    const held = this.held.filter((notified) => notified.index > this.lastIndex);
    this.held = [];
    for (const notified of held) this.delivery.add(notified);
    if (this.options.inactivityTimeoutMs === 0 || this.suspendWhenLive) this.requestSuspension();
    else if (this.backlog.isInStore) this.catchUp();
  }

  /** Beyond the bound, notifications stay in the store until they are wanted. */
  private boundPending(): void {
    const items = this.delivery.pendingCount + this.held.length;
    if (this.backlog.fits(items, this.delivery.pendingSize)) return;
    this.backlog.giveBack();
    this.backlog.isInStore = true;
    for (const { ackOfRun } of [...this.delivery.drop(), ...this.held]) {
      if (ackOfRun !== undefined) this.backlog.oweAck(ackOfRun);
    }
    this.held = [];
    if (this.state === "live" && this.delivery.mustNotWait) this.catchUp();
  }

  private leaveInStore(notified: Notified): void {
    if (notified.ackOfRun !== undefined) this.backlog.oweAck(notified.ackOfRun);
    const wanted = this.state === "live" && this.delivery.observeOnly(notified);
    if (wanted) this.catchUp();
  }

  /** Reads what was left in the store and sends it. */
  private catchUp(): void {
    if (this.backlog.isBeingRead || this.state !== "live") return;
    this.backlog.isBeingRead = true;
    this.readOn().catch((error: unknown) => this.fail(error));
  }

  private async readOn(): Promise<void> {
    const { reads, limits } = this.options;
    const { key } = this.invocation;
    for (;;) {
      const page = await readEntries(reads, key, this.lastIndex + 1, limits.replayPageRows);
      if (this.state !== "live") break;
      const last = page.at(-1);
      if (last === undefined && this.notifiedIndex <= this.lastIndex) break;
      if (last === undefined) continue;
      const items = this.toDeliver(page);
      this.lastIndex = last.index;
      if (items.length > 0) this.send(items);
      await this.stream.drained();
    }
    // In one step: a notification that comes next must find either all of it or nothing.
    this.backlog.end();
    this.delivery.restart();
  }

  private toDeliver(page: readonly JournalItem[]): OutboundItem[] {
    const items: OutboundItem[] = [];
    for (const { code, item } of page) {
      const notification = toNotification(code, item);
      if (notification === undefined) continue;
      this.delivery.replayed(notification);
      this.noteDelivered(notification);
      const id = notification.kind === "runCompletion" ? notification.completionId : undefined;
      if (id !== undefined && this.backlog.takeAck(id)) {
        items.push({ message: { kind: "proposeRunCompletionAck", completionId: id } });
      } else items.push(item);
    }
    return items;
  }

  private send(items: readonly OutboundItem[]): void {
    if (this.state === "ended" || this.state === "closing") return;
    this.touch();
    this.isAwaiting = false;
    this.stream.send(items);
  }

  private createInbox(): AttemptInbox {
    const { invocation, options } = this;
    const { key, starts: start } = invocation;
    const { pin } = options;
    return new AttemptInbox({
      limits: options.limits,
      submit: ({ items, bytesAbout }, applied) =>
        options.submit(
          { kind: "attempt", key, start, pin, given: this.given, items, bytesAbout },
          applied,
        ),
      setReading: (reading) => this.stream.setReading(reading),
      onEmpty: () => {
        if (this.ended !== undefined) options.onEnd(this, this.ended);
      },
    });
  }

  private finish(end: Omit<AttemptEnd, "replayMs">): void {
    this.state = "ended";
    this.delivery.close();
    this.backlog.giveBack();
    this.ended = { ...end, replayMs: this.replayMs };
    // A failure must not overtake what the endpoint sent before it.
    if (this.inbox.isEmpty) this.options.onEnd(this, this.ended);
  }

  private fail(error: unknown): void {
    this.abortWith(unreadableJournal(error));
  }

  private touch(): void {
    this.lastActivityAt = this.options.ports.clock.now();
  }

  /** The first sign of the endpoint after a replay ends the measure of it. */
  private noteReplayTime(): void {
    if (this.replayMs !== 0 || this.liveAt === 0 || this.invocation.journalLength === 1) return;
    const elapsed = this.options.ports.clock.now() - this.openedAt;
    this.replayMs = Math.max(1, Math.min(elapsed, 3 * (this.liveAt - this.openedAt)));
  }
}

function toNotification(code: number, item: OutboundItem): Notification | undefined {
  if (code < FIRST_NOTIFICATION_CODE) return undefined;
  const message = toMessage(code, item);
  return message !== undefined && isNotificationKind(message.kind)
    ? (message as Notification)
    : undefined;
}

function toMessage(code: number, { message, frame }: OutboundItem): Message | undefined {
  if (message !== undefined || frame === undefined) return message;
  return decodeBody(code, 0, frame.subarray(FRAME_HEADER_BYTES), AWAITING_ON_VERSION);
}
