/** Where a run can crash: behind each journal entry, in the order in which they become durable. */
import { type Commit, invocationOfRowKey, invocationRows, Tag } from "@rejoin/engine";
import type { InvocationKey } from "@rejoin/protocol";
import type { OpenAttempt } from "../endpoint/watched-endpoint.ts";
import type { Probe } from "../runtime.ts";

/**
 * - `process-unacknowledged`: the server's process is lost as soon as the entry is durable; nobody
 *   has been told
 * - `process`: it is lost when everybody has been told
 * - `attempt`: the stream of the attempt breaks
 */
export type CrashKind = "process-unacknowledged" | "process" | "attempt";

/** The entry that a crash came after. */
export interface CrashedAt {
  readonly kind: CrashKind;
  readonly invocation: InvocationKey;
  readonly entryIndex: number;
}

/** What a crash is done with. */
export interface Crashable {
  loseProcess(): Promise<void>;
  readonly attempts: readonly OpenAttempt[];
}

/** Watches a run, and crashes it once. */
export class CrashProbe implements Probe {
  readonly holdsMessages = true;
  /** Journal entries that have become durable. */
  entryCount = 0;
  /** Executions of closures, by the id of the invocation and the name. */
  readonly executions = new Map<string, Map<string, number>>();
  crashedAt: CrashedAt | undefined;
  /** A process that did not come up again. */
  failure: unknown;
  readonly #kind: CrashKind;
  readonly #afterEntry: number;
  readonly #lengths = new Map<InvocationKey, number>();
  #runtime: Crashable | undefined;
  #due: InvocationKey | undefined;

  /** Crashes when `afterEntry` entries are durable; 0 for never. */
  constructor(kind: CrashKind, afterEntry: number) {
    this.#kind = kind;
    this.#afterEntry = afterEntry;
  }

  attachTo(runtime: Crashable): void {
    this.#runtime = runtime;
  }

  committed({ writes }: Commit): void {
    for (const { key: row, value } of writes) {
      if (row[0] !== Tag.invocation || value === undefined) continue;
      const key = invocationOfRowKey(row);
      this.#grown(key, invocationRows.decode(value, key).journalLength);
    }
  }

  executes(invocationId: string, name: string): void {
    const names = this.executions.get(invocationId) ?? new Map<string, number>();
    names.set(name, (names.get(name) ?? 0) + 1);
    this.executions.set(invocationId, names);
  }

  atRest(): boolean {
    const key = this.#due;
    this.#due = undefined;
    if (key === undefined) return false;
    if (this.#kind === "process") {
      this.#loseProcess();
      return true;
    }
    const own = this.#runtime?.attempts.filter(({ invocation }) => invocation === key) ?? [];
    for (const attempt of own) attempt.cut();
    return own.length > 0;
  }

  #grown(key: InvocationKey, length: number): void {
    const before = this.#lengths.get(key) ?? 0;
    if (length <= before) return;
    this.#lengths.set(key, length);
    this.entryCount += length - before;
    const isDue = this.#afterEntry > 0 && this.entryCount >= this.#afterEntry;
    if (!isDue || this.crashedAt !== undefined) return;
    this.crashedAt = { kind: this.#kind, invocation: key, entryIndex: length - 1 };
    if (this.#kind === "process-unacknowledged") this.#loseProcess();
    else this.#due = key;
  }

  #loseProcess(): void {
    this.#runtime?.loseProcess().catch((error: unknown) => {
      this.failure = error;
    });
  }
}
