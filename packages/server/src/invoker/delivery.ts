/**
 * What an open attempt is told, and when.
 *
 * Notifications are delivered in journal order. As long as the attempt awaits something that cannot
 * resolve yet, they are held back and travel together when it can: a parent that waits for a
 * thousand children is woken once. An acknowledgement or a cancellation is not held back, and takes
 * what comes before it along, since the order must be that of a later replay. An attempt that does
 * not say what it awaits is told at once, and then at most every {@link COALESCE_MS}.
 */
import { AwaitState, NotificationIndex, type NotifyAction, toAwaitTree } from "@rejoin/engine";
import { CANCEL_SIGNAL_INDEX, Combinator, type Notification } from "@rejoin/protocol";
import type { Ports } from "../ports/ports.ts";
import type { AwaitingOn, OutboundItem } from "./transport.ts";

const COALESCE_MS = 5;
/** Whatever signal was delivered has been taken: what is awaited is the next one. */
const ALL_TAKEN = Number.MAX_SAFE_INTEGER;

const NOTHING_AWAITED = toAwaitTree({
  combinator: Combinator.firstCompleted,
  completions: [],
  signals: [],
  namedSignals: [],
  nested: [],
});

export type Notified = Pick<NotifyAction, "index" | "message" | "frame" | "ackOfRun">;

export interface DeliveryListener {
  /** Sends items, of which the last is entry `lastIndex` of the journal. */
  deliver(items: readonly OutboundItem[], lastIndex: number): void;
  /** The awaited tree cannot be decoded. */
  onMalformed(error: unknown): void;
}

export class Delivery {
  private readonly ports: Ports;
  private readonly listener: DeliveryListener;
  private readonly needsFrames: boolean;
  private readonly delivered = new NotificationIndex();
  private pending: Notified[] = [];
  private pendingBytes = 0;
  private awaitingOn: AwaitingOn | undefined;
  private state: AwaitState | undefined;
  private lastAt = 0;
  private cancelTimer: (() => void) | undefined;
  private closed = false;

  /** Without `needsFrames` what is delivered has its messages alone. */
  constructor(ports: Ports, listener: DeliveryListener, needsFrames = true) {
    this.ports = ports;
    this.listener = listener;
    this.needsFrames = needsFrames;
  }

  get pendingCount(): number {
    return this.pending.length;
  }

  get pendingSize(): number {
    return this.pendingBytes;
  }

  /** The attempt knows this notification from its replay. */
  replayed(notification: Notification): void {
    this.delivered.record(notification, 0);
  }

  /** The attempt says what it waits for. */
  await(awaitingOn: AwaitingOn): void {
    this.awaitingOn = awaitingOn;
    this.state = undefined;
    if (this.pending.length > 0) this.consider(this.pending, false);
  }

  add(notified: Notified): void {
    this.pending.push(this.needsFrames ? notified : withoutFrame(notified));
    this.pendingBytes += notified.frame.length;
    this.consider([notified], isUrgent(notified));
  }

  /** Sends everything now. */
  flush(): void {
    this.cancelTimer?.();
    this.cancelTimer = undefined;
    if (this.pending.length === 0 || this.closed) return;
    const items = this.pending.map(toItem);
    const lastIndex = this.pending.at(-1)?.index ?? 0;
    for (const { message, index } of this.pending) this.delivered.record(message, index);
    this.pending = [];
    this.pendingBytes = 0;
    this.awaitingOn = undefined;
    this.state = undefined;
    this.lastAt = this.ports.clock.now();
    this.listener.deliver(items, lastIndex);
  }

  /** Whether what is pending would have to be sent at once. */
  get mustNotWait(): boolean {
    return this.awaitingOn === undefined || this.state?.resolved === true;
  }

  /** Takes note of a notification that stays in the store; whether the attempt wants it now. */
  observeOnly(notified: Notified): boolean {
    if (this.awaitingOn === undefined || isUrgent(notified)) return true;
    if (this.state === undefined) return true;
    observe(this.state, notified.message);
    return this.state.resolved;
  }

  /** The attempt has everything, and has not said what it awaits now. */
  restart(): void {
    this.awaitingOn = undefined;
    this.state = undefined;
    this.lastAt = this.ports.clock.now();
  }

  /** Forgets what is pending: it will be read from the store. */
  drop(): readonly Notified[] {
    const dropped = this.pending;
    this.pending = [];
    this.pendingBytes = 0;
    return dropped;
  }

  close(): void {
    this.closed = true;
    this.drop();
    this.cancelTimer?.();
  }

  private consider(added: readonly Notified[], urgent: boolean): void {
    if (this.closed) return;
    if (urgent || this.canResolve(added)) this.flush();
    else if (this.awaitingOn === undefined) this.flushSoon();
  }

  private canResolve(added: readonly Notified[]): boolean {
    if (this.awaitingOn === undefined) return false;
    if (this.state === undefined) {
      this.state = this.decodeState(this.awaitingOn);
      for (const { message } of this.pending) observe(this.state, message);
    } else {
      for (const { message } of added) observe(this.state, message);
    }
    return this.state.resolved;
  }

  private decodeState(awaitingOn: AwaitingOn): AwaitState {
    try {
      return new AwaitState(toAwaitTree(awaitingOn.decode()), this.delivered, ALL_TAKEN);
    } catch (error) {
      this.listener.onMalformed(error);
      return new AwaitState(NOTHING_AWAITED, this.delivered);
    }
  }

  private flushSoon(): void {
    if (this.cancelTimer !== undefined) return;
    const waitMs = this.lastAt + COALESCE_MS - this.ports.clock.now();
    if (waitMs <= 0) {
      this.flush();
      return;
    }
    this.cancelTimer = this.ports.timers.after(waitMs, () => {
      this.cancelTimer = undefined;
      this.flush();
    });
  }
}

export function isUrgent({ message, ackOfRun }: Notified): boolean {
  if (ackOfRun !== undefined) return true;
  return message.kind === "signal" && message.signalIndex === CANCEL_SIGNAL_INDEX;
}

const NO_FRAME = new Uint8Array(0);

/** What may wait for long: nothing but what will be delivered. */
function withoutFrame({ index, message, ackOfRun }: Notified): Notified {
  return { index, message, frame: NO_FRAME, ackOfRun };
}

function toItem({ message, frame, ackOfRun }: Notified): OutboundItem {
  if (ackOfRun === undefined) return { message, frame };
  return { message: { kind: "proposeRunCompletionAck", completionId: ackOfRun } };
}

function observe(state: AwaitState, message: Notification): void {
  const failed = message.result.kind === "failure";
  if (message.kind !== "signal") {
    state.onCompletion(message.completionId, failed);
    return;
  }
  const id = message.signalIndex ?? message.signalName;
  if (id !== undefined) state.onSignal(id, failed);
}
