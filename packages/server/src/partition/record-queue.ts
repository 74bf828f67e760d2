/** Records waiting for their turn, first in first out. */
import type { EngineRecord, PartitionMessage } from "@rejoin/engine";

interface Entry {
  readonly record: EngineRecord;
  readonly applied: (() => void) | undefined;
  /** When it was queued. */
  readonly at: number;
}

/** About what a record takes besides its payload. */
const RECORD_BYTES_ABOUT = 200;
/** The dead head of the array is cut off when it is longer than this and than what is left. */
const COMPACT_AT = 1024;

export class RecordQueue {
  /** How many records at the head have had the rows that they name fetched. */
  staged = 0;
  bytesAbout = 0;
  private entries: (Entry | undefined)[] = [];
  private head = 0;

  get length(): number {
    return this.entries.length - this.head;
  }

  /** Since when the record at the head has been here. */
  get headSince(): number {
    return this.entries[this.head]?.at ?? 0;
  }

  push(record: EngineRecord, applied: (() => void) | undefined, at = 0): void {
    this.entries.push({ record, applied, at });
    this.bytesAbout += bytesOf(record);
  }

  peek(index: number): EngineRecord {
    const entry = this.entries[this.head + index];
    if (entry === undefined) throw new RangeError(`the queue has no record ${index}`);
    return entry.record;
  }

  /** Takes the head off; the result tells its owner. */
  shift(): (() => void) | undefined {
    const entry = this.entries[this.head];
    if (entry === undefined) throw new RangeError("the queue is empty");
    this.entries[this.head] = undefined;
    this.head += 1;
    this.staged = Math.max(0, this.staged - 1);
    this.bytesAbout -= bytesOf(entry.record);
    if (this.head > COMPACT_AT && this.head * 2 > this.entries.length) {
      this.entries = this.entries.slice(this.head);
      this.head = 0;
    }
    return entry.applied;
  }
}

function bytesOf(record: EngineRecord): number {
  switch (record.kind) {
    case "invoke":
      return RECORD_BYTES_ABOUT + record.input.length;
    case "attempt":
      return RECORD_BYTES_ABOUT + record.bytesAbout;
    case "message":
      return RECORD_BYTES_ABOUT + payloadBytes(record.message);
    default:
      return RECORD_BYTES_ABOUT;
  }
}

function payloadBytes(message: PartitionMessage): number {
  switch (message.kind) {
    case "invoke":
      return message.input.length;
    case "result":
      return message.outcome?.kind === "value" ? message.outcome.value.length : 0;
    case "signal":
      return message.signal.result.kind === "value" ? message.signal.result.value.length : 0;
    default:
      return 0;
  }
}
