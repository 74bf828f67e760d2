/**
 * One record's view of the partition, and what it changes.
 *
 * Reads see the record's own writes first, then the state in memory. A read of something that is
 * not in memory ends the record: `needs` says what was missing, and nothing else of it remains.
 * Changes to invocations are made on copies. What is derived (indexes, await states) is changed
 * only by {@link settle} after all reads, when nothing can be missing any more.
 */
import type { InvocationKey, Outcome } from "@rejoin/protocol";
import type { Action } from "./actions.ts";
import type {
  ApplyResult,
  Completion,
  Derived,
  Effects,
  Expiry,
  JournalAppend,
  Need,
  Reader,
  RowWrite,
} from "./effects.ts";
import { invariant } from "./invariant.ts";
import { copyInvocation, type Invocation } from "./model/invocation.ts";
import { NotificationIndex } from "./model/notification-index.ts";
import type { PartitionMessage } from "./partition-message.ts";
import type { RecordContext } from "./records.ts";
import type { Registry } from "./registry.ts";
import { invocationRows } from "./rows/invocation-row.ts";
import type { RowKind } from "./rows/row-kind.ts";

/** Thrown by a read that misses and caught by `Engine.apply`, nowhere else. */
export const MISSING = Symbol("missing");

/** A partition's place among all. */
export interface PartitionPlace {
  readonly partition: number;
  partitionOf(key: InvocationKey): number;
}

type RawWrite = Effects["rawWrites"][number];
type ExpiryListWrite = Effects["expiryLists"][number];
type Addressed = Effects["messages"][number];
const NOTHING: readonly never[] = [];

export class Transaction {
  readonly context: RecordContext;
  readonly registry: Registry;
  readonly place: PartitionPlace;
  readonly actions: Action[] = [];
  readonly appends: JournalAppend[] = [];
  /** Run after the last read; must not read. */
  readonly settlements: (() => void)[] = [];
  consumed: Effects["consumed"];
  /** The last Output of this record: its bytes need not be read back. */
  output: Outcome | undefined;

  private readonly reader: Reader;
  /** Made anew each time: a map that is cleared keeps what was in it alive until a full collection. */
  private readonly invocations = new Map<InvocationKey, Invocation | undefined>();
  private otherRows: Map<string, RowWrite> | undefined;
  private readonly needs: Need[] = [];
  private idsMade = 0;
  // Most records do without most of these: they are made when something is put into them.
  private rawWritesMade: RawWrite[] | undefined;
  private bornMade: InvocationKey[] | undefined;
  private completedMade: Completion[] | undefined;
  private expiriesMade: Expiry[] | undefined;
  private expiryListsMade: ExpiryListWrite[] | undefined;
  private outgoingMade: Addressed[] | undefined;
  private localMade: PartitionMessage[] | undefined;
  private freshMade: Set<string> | undefined;

  constructor(reader: Reader, context: RecordContext, registry: Registry, place: PartitionPlace) {
    this.reader = reader;
    this.context = context;
    this.registry = registry;
    this.place = place;
  }

  get rawWrites(): RawWrite[] {
    this.rawWritesMade ??= [];
    return this.rawWritesMade;
  }

  get born(): InvocationKey[] {
    this.bornMade ??= [];
    return this.bornMade;
  }

  get completed(): Completion[] {
    this.completedMade ??= [];
    return this.completedMade;
  }

  get expiries(): Expiry[] {
    this.expiriesMade ??= [];
    return this.expiriesMade;
  }

  get expiryLists(): ExpiryListWrite[] {
    this.expiryListsMade ??= [];
    return this.expiryListsMade;
  }

  /** Messages within the partition, in the order in which they were sent. */
  get local(): readonly PartitionMessage[] {
    return this.localMade ?? NOTHING;
  }

  /** Generations of state that this record has begun, by the beginning of their rows' keys. */
  get fresh(): Set<string> {
    this.freshMade ??= new Set();
    return this.freshMade;
  }

  /** A number that is new in this record: makes the ids that it creates differ. */
  nextId(): number {
    return this.idsMade++;
  }

  /** The invocation as it is; not to be changed. */
  invocation(key: InvocationKey): Invocation | undefined {
    if (this.invocations.has(key)) return this.invocations.get(key);
    return this.read(invocationRows, key);
  }

  /** A copy of the invocation that will be written when the record has been applied. */
  edit(key: InvocationKey): Invocation | undefined {
    const own = this.invocations.get(key);
    if (own !== undefined) return own;
    const stored = this.invocation(key);
    if (stored === undefined) return undefined;
    const copy = copyInvocation(stored, this.context.timeMs);
    this.invocations.set(key, copy);
    return copy;
  }

  insert(invocation: Invocation): void {
    this.invocations.set(invocation.key, invocation);
  }

  remove(key: InvocationKey): void {
    this.invocations.set(key, undefined);
  }

  /** Any other row. */
  row<T>(kind: RowKind<T>, key: string): T | undefined {
    const own = this.otherRows?.get(`${kind.slot} ${key}`);
    if (own !== undefined) return own.value as T | undefined;
    return this.read(kind, key);
  }

  put<T>(kind: RowKind<T>, key: string, value: T | undefined): void {
    this.otherRows ??= new Map();
    const write = { kind: kind as RowKind<unknown>, key, value };
    this.otherRows.set(`${kind.slot} ${key}`, write);
  }

  derived(key: InvocationKey): Derived {
    return this.reader.derived(key);
  }

  /** What this record has written of a kind, with keys that begin with `prefix`. */
  written<T>(
    kind: RowKind<T>,
    prefix: string,
  ): readonly { readonly key: string; readonly value: T | undefined }[] {
    const found: { key: string; value: T | undefined }[] = [];
    for (const write of this.otherRows?.values() ?? []) {
      if (write.kind.slot !== kind.slot || !write.key.startsWith(prefix)) continue;
      found.push({ key: write.key, value: write.value as T | undefined });
    }
    return found;
  }

  /** Names this record, the same each time that it is applied. */
  get nonce(): string {
    return this.context.record.toString(36);
  }

  /**
   * Notes that a row will be read; {@link throwIfLacking} ends the record if it is not there. Whether
   * it is lacking.
   */
  probe<T>(kind: RowKind<T>, key: string): boolean {
    if (this.otherRows?.has(`${kind.slot} ${key}`) === true) return false;
    if (this.reader.row(kind, key) !== undefined) return false;
    this.needs.push({ kind: "row", row: kind as RowKind<unknown>, key });
    return true;
  }

  /** The same for an invocation, which this record may have made itself. */
  probeInvocation(key: InvocationKey): boolean {
    return !this.invocations.has(key) && this.probe(invocationRows, key);
  }

  /** The same for the index of a journal's notifications. */
  probeIndex(invocation: Invocation): boolean {
    const derived = this.derived(invocation.key);
    if (derived.index !== undefined) return false;
    if (invocation.notificationCount === 0) derived.index = new NotificationIndex();
    else this.needs.push({ kind: "journalIndex", key: invocation.key });
    return derived.index === undefined;
  }

  throwIfLacking(): void {
    if (this.needs.length > 0) throw MISSING;
  }

  /** Makes sure that the index of the journal's notifications is in memory. */
  requireIndex(invocation: Invocation): void {
    this.probeIndex(invocation);
    this.throwIfLacking();
  }

  /** Sends to another invocation: now if it lives here, else through its partition's mailbox. */
  send(message: PartitionMessage): void {
    const destination = this.place.partitionOf(message.to);
    if (destination === this.place.partition) {
      this.deliver(message);
    } else {
      this.outgoingMade ??= [];
      this.outgoingMade.push({ destination, message });
    }
  }

  /** Hands a message to an invocation of this partition, when what is being applied is done. */
  deliver(message: PartitionMessage): void {
    this.localMade ??= [];
    this.localMade.push(message);
  }

  /** Runs the settlements and gives the effects. */
  finish(): ApplyResult {
    for (const settle of this.settlements) settle();
    const writes: RowWrite[] = [];
    const kind = invocationRows as RowKind<unknown>;
    for (const [key, value] of this.invocations) writes.push({ kind, key, value });
    if (this.otherRows !== undefined) writes.push(...this.otherRows.values());
    const effects: Effects = {
      writes,
      appends: this.appends,
      rawWrites: this.rawWritesMade ?? NOTHING,
      born: this.bornMade ?? NOTHING,
      completed: this.completedMade ?? NOTHING,
      expiries: this.expiriesMade ?? NOTHING,
      expiryLists: this.expiryListsMade ?? NOTHING,
      messages: this.outgoingMade ?? NOTHING,
      consumed: this.consumed,
      actions: this.actions,
    };
    return { kind: "applied", effects };
  }

  /** What ended the record. */
  lacking(): ApplyResult {
    invariant(this.needs.length > 0, "a record ended without saying what it lacks");
    return { kind: "needs", needs: this.needs };
  }

  private read<T>(kind: RowKind<T>, key: string): T | undefined {
    const value = this.reader.row(kind, key);
    if (value === undefined) {
      return this.missing({ kind: "row", row: kind as RowKind<unknown>, key });
    }
    return value ?? undefined;
  }

  private missing(need: Need): never {
    this.needs.push(need);
    throw MISSING;
  }
}
