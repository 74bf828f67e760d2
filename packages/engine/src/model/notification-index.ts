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

interface LastSignal {
  readonly failed: boolean;
  readonly entry: number;
}

export class NotificationIndex {
  /**
   * The journal could not be read: nobody knows what is in it. Whoever awaits something goes on, and
   * the attempt that replays the journal says what is wrong.
   */
  readonly isDamaged: boolean;
  /** Completion ids 0 to 15. */
  private low = 0;
  private chunks: Map<number, Uint32Array> | undefined;
  private signals: Map<SignalId, LastSignal> | undefined;

  constructor(isDamaged = false) {
    this.isDamaged = isDamaged;
  }

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

  /** The last signal of an id counts; `entry` is its place in the journal. */
  recordSignal(id: SignalId, failed: boolean, entry = 0): void {
    this.signals ??= new Map();
    const last = this.signals.get(id);
    if (last === undefined || last.entry < entry) this.signals.set(id, { failed, entry });
  }

  /** `entry` is its place in the journal. */
  record(notification: Notification, entry: number): void {
    const failed = notification.result.kind === "failure";
    if (notification.kind !== "signal") {
      this.recordCompletion(notification.completionId, failed);
      return;
    }
    const id = notification.signalIndex ?? notification.signalName;
    if (id !== undefined) this.recordSignal(id, failed, entry);
  }

  completion(id: number): Settled {
    return SETTLED[this.bits(id)] ?? "absent";
  }

  /** Signals that lie up to entry `given` of the journal are as good as absent. */
  signal(id: SignalId, given = -1): Settled {
    const last = this.signals?.get(id);
    if (last === undefined || last.entry <= given) return "absent";
    return last.failed ? "failed" : "succeeded";
  }

  private bits(id: number): number {
    if (id < IDS_PER_WORD) return (this.low >>> (2 * id)) & 3;
    const chunk = this.chunks?.get(Math.floor(id / CHUNK_IDS));
    if (chunk === undefined) return ABSENT;
    const place = id % CHUNK_IDS;
    return ((chunk[place >>> 4] ?? 0) >>> (2 * (place & 15))) & 3;
  }
}
