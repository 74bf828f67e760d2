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
import type { ErrorMessage, InvocationKey, ProtocolVersion } from "@rejoin/protocol";
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
import { AttemptInbox, type InboxItems, type InboxListener } from "./attempt-inbox.ts";
import { Backlog } from "./backlog.ts";
import { Delivery, type DeliveryListener, type Notified } from "./delivery.ts";
import { completionOfRun, toNotification } from "./journal-messages.ts";
import { OpenRuns } from "./open-runs.ts";
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

/** What all attempts of a server have in common. */
export interface AttemptHost {
  readonly ports: Ports;
  readonly limits: Limits;
  /** Memory for notifications that wait beyond an attempt's own bounds. */
  readonly budget?: PendingBudget;
  submit(key: InvocationKey, record: AttemptRecord, applied: () => void): void;
  /** Calls back at once, or a turn later if invocations are born faster than attempts are opened. */
  pace(goOn: () => void): void;
  /** It only awaits: its slot can be had by asking it to suspend. */
  onAwaiting(attempt: Attempt): void;
  /** The endpoint said that the attempt failed. */
  onReportedError(attempt: Attempt, error: ErrorMessage): void;
  /** It has ended: with a failure, unless it said itself how. */
  onEnd(attempt: Attempt, end: AttemptEnd): void;
}

/** Where an attempt goes. */
export interface AttemptRoute {
  readonly pin: Pin;
  readonly transport: Transport;
  readonly inactivityTimeoutMs: number;
  /** The endpoint asks for each value of its state, instead of getting all of it first. */
  readonly lazyState: boolean;
}

export interface AttemptOptions {
  readonly host: AttemptHost;
  readonly invocation: Invocation;
  readonly route: AttemptRoute;
  readonly reads: StateReads;
  readonly watch?: AttemptWatch | undefined;
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
/** From this version on endpoints say what they await. */
const AWAITING_ON_VERSION = 7;

export class Attempt implements AttemptListener, DeliveryListener, InboxListener {
  readonly invocation: Invocation;
  /** How it ended, by the last word of the endpoint; `aborted` until that has come. */
  result: AttemptResult = "aborted";
  /** What the endpoint said went wrong. */
  reportedError: AttemptFailure | undefined;
  /** When anything last went in either direction. */
  lastActivityAt: number;
  /** It said that it awaits something, no code of it is running, and nothing was sent since. */
  isAwaiting = false;
  private readonly openRuns: OpenRuns;
  /** When the endpoint was asked to suspend, 0 if it was not. */
  closedInputAt = 0;
  private readonly host: AttemptHost;
  private readonly route: AttemptRoute;
  private readonly reads: StateReads;
  private readonly watch: AttemptWatch | undefined;
  private readonly delivery: Delivery;
  private readonly stream: AttemptStream;
  readonly openedAt: number;
  private state: State = "replaying";
  /** The last journal entry that the endpoint has. */
  private lastIndex = 0;
  /** The last notification that it was told of. */
  private notifiedIndex = 0;
  private readonly backlog: Backlog;
  private readonly inbox: AttemptInbox;
  private saidItsEnd = false;
  private ended: AttemptEnd | undefined;
  private replayMs = 0;
  private liveAt = 0;
  private suspendWhenLive = false;

  constructor({ host, invocation, route, reads, watch }: AttemptOptions) {
    this.host = host;
    this.invocation = invocation;
    this.route = route;
    this.reads = reads;
    this.watch = watch;
    const { ports, limits } = host;
    this.openRuns = new OpenRuns(route.pin.protocolVersion >= AWAITING_ON_VERSION);
    this.openedAt = ports.clock.now();
    this.lastActivityAt = this.openedAt;
    this.delivery = new Delivery(ports, this, route.transport.takesMessages !== true);
    this.backlog = new Backlog(limits, host.budget);
    this.inbox = new AttemptInbox(limits, this);
    const { target, key } = invocation;
    const { protocolVersion, deploymentId } = route.pin;
    this.stream = route.transport.open(
      {
        key,
        service: target.service,
        handler: target.handler,
        objectKey: target.key,
        version: protocolVersion as ProtocolVersion,
        deploymentId,
        traceHeaders: watch?.headers,
      },
      this,
    );
  }

  /** Where it runs. */
  get deploymentId(): string {
    return this.route.pin.deploymentId;
  }

  get isLive(): boolean {
    return this.state !== "ended";
  }

  /**
   * Whether an endpoint that never says what it awaits seems to do nothing else: no `run` of it is
   * unanswered, and it has been silent for a while.
   */
  seemsToAwait(silentMs: number): boolean {
    if (this.route.pin.protocolVersion >= AWAITING_ON_VERSION || this.state !== "live")
      return false;
    const now = this.host.ports.clock.now();
    return this.openRuns.isEmpty && now - this.lastActivityAt >= silentMs;
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
    else this.backlog.hold(notified);
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
      if (this.closedInputAt === 0) this.closedInputAt = this.host.ports.clock.now();
    }
    if (this.state !== "live") return;
    this.state = "closing";
    this.closedInputAt = this.host.ports.clock.now();
    this.stopDelivery();
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
      this.watch?.said?.(item.message);
      if (item.message.kind === "run") this.openRuns.begun(item.message.resultCompletionId);
      const result = TERMINAL.get(item.message.kind);
      if (result === undefined) continue;
      this.result = result;
      if (item.message.kind === "error") {
        this.reportedError = verdictOf(item.message).failure;
        this.host.onReportedError(this, item.message);
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
    if (this.isAwaiting) this.host.onAwaiting(this);
  }

  onEnd(failure?: AttemptFailure, retry?: RetryAdvice): void {
    if (this.state === "ended") return;
    this.noteReplayTime();
    const verdict = this.saidItsEnd ? undefined : (failure ?? ENDED_WITHOUT_VERDICT);
    const { nextRetryDelayMs, pause = false } = retry ?? {};
    this.finish({ failure: verdict, nextRetryDelayMs, pause });
  }

  // ---- the inbox and the delivery ---------------------------------------------------------------

  submit({ items, bytesAbout }: InboxItems, applied: () => void): void {
    const { host, given } = this;
    const { key, starts: start } = this.invocation;
    const { pin } = this.route;
    host.submit(key, { kind: "attempt", key, start, pin, given, items, bytesAbout }, applied);
  }

  setReading(reading: boolean): void {
    this.stream.setReading(reading);
  }

  pace(goOn: () => void): void {
    this.host.pace(goOn);
  }

  onEmpty(): void {
    if (this.ended !== undefined) this.host.onEnd(this, this.ended);
  }

  deliver(items: readonly OutboundItem[], lastIndex: number): void {
    this.lastIndex = lastIndex;
    this.backlog.giveBack();
    for (const { message } of items) this.openRuns.given(message);
    this.send(items);
  }

  onMalformed(error: unknown): void {
    this.abortWith(malformedTree(error));
  }

  // ---- replay and delivery ----------------------------------------------------------------------

  private get hasEagerState(): boolean {
    return this.invocation.target.handlerKind !== "service" && !this.route.lazyState;
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
    const {
      reads,
      host: { limits },
    } = this;
    return recallEagerState(reads, this.invocation.target, limits.eagerStateBytesMax);
  }

  private async replay(known: EagerState | undefined): Promise<void> {
    const {
      reads,
      host: { limits },
    } = this;
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
    const { pin } = this.route;
    if (pin.protocolVersion < AWAITING_ON_VERSION) {
      const run = completionOfRun(code, item);
      if (run !== undefined) this.openRuns.begun(run);
    }
    const notification = toNotification(code, item);
    if (notification === undefined) return;
    this.openRuns.given(notification);
    this.delivery.replayed(notification);
  }

  private becomeLive(): void {
    this.lastIndex = Math.max(this.lastIndex, this.invocation.journalLength - 1);
    if (this.state !== "replaying") return;
    this.state = "live";
    this.liveAt = this.host.ports.clock.now();
    const held = this.backlog.takeHeld().filter(({ index }) => index > this.lastIndex);
    for (const notified of held) this.delivery.add(notified);
    if (this.route.inactivityTimeoutMs === 0 || this.suspendWhenLive) this.requestSuspension();
    else if (this.backlog.isInStore) this.catchUp();
  }

  /** Beyond the bound, notifications stay in the store until they are wanted. */
  private boundPending(): void {
    if (this.backlog.fits(this.delivery.pendingCount, this.delivery.pendingSize)) return;
    this.backlog.giveBack();
    this.backlog.isInStore = true;
    for (const { ackOfRun } of [...this.delivery.drop(), ...this.backlog.takeHeld()]) {
      if (ackOfRun !== undefined) this.backlog.oweAck(ackOfRun);
    }
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
    const {
      reads,
      host: { limits },
    } = this;
    const { key } = this.invocation;
    for (;;) {
      const told = this.notifiedIndex;
      const page = await readEntries(reads, key, this.lastIndex + 1, limits.replayPageRows);
      if (this.state !== "live") break;
      const last = page.at(-1);
      if (last === undefined && told > this.lastIndex) throw new Error(`entry ${told} is missing`);
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
      this.openRuns.given(notification);
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

  private finish(end: Omit<AttemptEnd, "replayMs">): void {
    this.state = "ended";
    this.stopDelivery();
    const { failure, nextRetryDelayMs, pause = false } = end;
    this.ended = { failure, nextRetryDelayMs, pause, replayMs: this.replayMs };
    // A failure must not overtake what the endpoint sent before it.
    if (this.inbox.isEmpty) this.host.onEnd(this, this.ended);
  }

  private stopDelivery(): void {
    this.delivery.close();
    this.backlog.takeHeld();
    this.backlog.giveBack();
  }

  private fail(error: unknown): void {
    this.abortWith(unreadableJournal(error));
  }

  private touch(): void {
    this.lastActivityAt = this.host.ports.clock.now();
  }

  /** The first sign of the endpoint after a replay ends the measure of it. */
  private noteReplayTime(): void {
    if (this.replayMs !== 0 || this.liveAt === 0 || this.invocation.journalLength === 1) return;
    const elapsed = this.host.ports.clock.now() - this.openedAt;
    this.replayMs = Math.max(1, Math.min(elapsed, 3 * (this.liveAt - this.openedAt)));
  }
}
