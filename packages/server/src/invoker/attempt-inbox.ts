/**
 * What an endpoint has sent and the partition has not applied yet. Handed over in records, one at a
 * time, so that an attempt that sends much does not push the others aside; when too much waits, the
 * endpoint is not read.
 */
import type { AttemptItem } from "@rejoin/engine";
import type { Limits } from "../limits.ts";

/** About what a message takes besides its payload. */
const ITEM_BYTES_ABOUT = 100;

export interface InboxItems {
  readonly items: readonly AttemptItem[];
  readonly bytesAbout: number;
}

export interface InboxListener {
  submit(record: InboxItems, applied: () => void): void;
  setReading(reading: boolean): void;
  /** Goes on with the next record: at once, or when those who wait have had their turn. */
  pace(goOn: () => void): void;
  /** Everything that was pushed has been applied. */
  onEmpty(): void;
}

type InboxLimits = Pick<
  Limits,
  "attemptRecordItemsMax" | "attemptRecordBytesMax" | "attemptInboxItemsMax"
>;

export class AttemptInbox {
  private readonly limits: InboxLimits;
  private readonly listener: InboxListener;
  private waiting: AttemptItem[] = [];
  /** Where in it the items begin that have not been submitted. */
  private start = 0;
  private submitting = false;
  private readingStopped = false;

  constructor(limits: InboxLimits, listener: InboxListener) {
    this.limits = limits;
    this.listener = listener;
  }

  /** Nothing waits, and nothing is being applied. */
  get isEmpty(): boolean {
    return !this.submitting && this.waiting.length === 0;
  }

  push(item: AttemptItem): void {
    this.waiting.push(item);
  }

  /** Hands over what fits a record, unless one is on its way. */
  flush(): void {
    this.bound();
    if (this.submitting || this.waiting.length === 0) return;
    this.submitting = true;
    this.listener.submit(this.take(), () => {
      if (this.waiting.length === 0) this.goOn();
      else this.listener.pace(() => this.goOn());
    });
  }

  private goOn(): void {
    this.submitting = false;
    if (this.waiting.length > 0) this.flush();
    else {
      this.bound();
      this.listener.onEmpty();
    }
  }

  /** Forgets what has not been submitted. */
  clear(): void {
    this.waiting = [];
    this.start = 0;
  }

  private bound(): void {
    const count = this.waiting.length - this.start;
    const full = count >= this.limits.attemptInboxItemsMax;
    if (full === this.readingStopped) return;
    this.readingStopped = full;
    this.listener.setReading(!full);
  }

  /** As much as fits a record; an Output and its End stay together. */
  private take(): InboxItems {
    const { attemptRecordItemsMax, attemptRecordBytesMax } = this.limits;
    const { waiting, start } = this;
    let bytesAbout = 0;
    let end = start;
    while (end < waiting.length) {
      const item = waiting[end];
      const full = end - start >= attemptRecordItemsMax || bytesAbout >= attemptRecordBytesMax;
      if (item === undefined || (full && item.message.kind !== "end")) break;
      bytesAbout += bytesOf(item);
      end += 1;
    }
    const items = start === 0 && end === waiting.length ? waiting : waiting.slice(start, end);
    if (end === waiting.length) this.clear();
    else this.start = end;
    return { items, bytesAbout };
  }
}

function bytesOf({ message, frame }: AttemptItem): number {
  if (frame !== undefined) return ITEM_BYTES_ABOUT + frame.length;
  switch (message.kind) {
    case "call":
    case "oneWayCall":
      return ITEM_BYTES_ABOUT + message.parameter.length;
    case "output":
    case "proposeRunCompletion":
      return ITEM_BYTES_ABOUT + (message.result.kind === "value" ? message.result.value.length : 0);
    default:
      return ITEM_BYTES_ABOUT;
  }
}
