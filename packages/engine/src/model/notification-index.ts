/**
 * Which notifications an invocation's journal holds, and whether each is a failure.
 *
 * A fold over the journal: kept in memory while an invocation is active, rebuilt from the journal
 * when it is needed again. Two bits a completion, in chunks, so that ids far apart cost no memory
 * between them.
 */
import type { Notification } from "@rejoin/protocol";

const CHUNK_IDS = 1024;
const IDS_PER_WORD = 16;
const CHUNK_WORDS = CHUNK_IDS / IDS_PER_WORD;
const ABSENT = 0;
const SUCCEEDED = 1;
const FAILED = 2;

export type SignalId = number | string;

/** How a notification that is there turned out. */
export type Settled = "absent" | "succeeded" | "failed";
const SETTLED: readonly Settled[] = ["absent", "succeeded", "failed"];

export class NotificationIndex {
  /** Completion ids 0 to 15. */
  private low = 0;
  private chunks: Map<number, Uint32Array> | undefined;
  private signals: Map<SignalId, boolean> | undefined;

  /** The first notification of an id counts; later ones change nothing. */
  recordCompletion(id: number, failed: boolean): void {
    if (this.bits(id) !== ABSENT) return;
    const bits = failed ? FAILED : SUCCEEDED;
    if (id < IDS_PER_WORD) {
      this.low |= bits << (2 * id);
      return;
    }
    this.chunks ??= new Map();
    const number = Math.floor(id / CHUNK_IDS);
    let chunk = this.chunks.get(number);
    if (chunk === undefined) {
      chunk = new Uint32Array(CHUNK_WORDS);
      this.chunks.set(number, chunk);
    }
    const place = id % CHUNK_IDS;
    const word = place >>> 4;
    chunk[word] = (chunk[word] ?? 0) | (bits << (2 * (place & 15)));
  }

  recordSignal(id: SignalId, failed: boolean): void {
    this.signals ??= new Map();
    if (!this.signals.has(id)) this.signals.set(id, failed);
  }

  record(notification: Notification): void {
    const failed = notification.result.kind === "failure";
    if (notification.kind !== "signal") {
      this.recordCompletion(notification.completionId, failed);
      return;
    }
    const id = notification.signalIndex ?? notification.signalName;
    if (id !== undefined) this.recordSignal(id, failed);
  }

  completion(id: number): Settled {
    return SETTLED[this.bits(id)] ?? "absent";
  }

  signal(id: SignalId): Settled {
    const failed = this.signals?.get(id);
    if (failed === undefined) return "absent";
    return failed ? "failed" : "succeeded";
  }

  private bits(id: number): number {
    if (id < IDS_PER_WORD) return (this.low >>> (2 * id)) & 3;
    const chunk = this.chunks?.get(Math.floor(id / CHUNK_IDS));
    if (chunk === undefined) return ABSENT;
    const place = id % CHUNK_IDS;
    return ((chunk[place >>> 4] ?? 0) >>> (2 * (place & 15))) & 3;
  }
}
