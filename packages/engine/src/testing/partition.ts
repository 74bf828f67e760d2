/**
 * A partition for the engine's tests: the real engine over a map of rows, one batch per record.
 *
 * Every record goes through the codecs: its effects are packed as a commit, the commit's rows are
 * what later records read. Which rows are "in memory" is a choice: with `memory: "none"` everything
 * is forgotten after each record, so that each asks for all that it reads. As the processor does, the
 * headers that a record names are fetched before it is applied.
 */
import {
  decodeBody,
  encodeFrame,
  type InvocationKey,
  isNotificationKind,
  type Message,
  type ProtocolVersion,
} from "@rejoin/protocol";
import type { Action } from "../actions.ts";
import { Batch } from "../batch.ts";
import type { Derived, Effects, Need, Reader } from "../effects.ts";
import { Engine } from "../engine.ts";
import type { Invocation } from "../model/invocation.ts";
import { NotificationIndex } from "../model/notification-index.ts";
import { decodePartitionMessage } from "../partition-message.ts";
import type { Commit } from "../ports/store.ts";
import type { AttemptItem, EngineRecord } from "../records.ts";
import type { Registry } from "../registry.ts";
import { invocationRows } from "../rows/invocation-row.ts";
import { FRAME_HEADER_BYTES, type JournalEntry, visitSegment } from "../rows/journal-rows.ts";
import {
  journalRange,
  PayloadKind,
  payloadRange,
  Tag,
  type TimerId,
  timerOfRow,
} from "../rows/keys.ts";
import type { RowKind } from "../rows/row-kind.ts";
import { joinValues } from "../rows/values.ts";
import { createRegistry } from "./registry.ts";
import { RowStore } from "./rows.ts";

export interface PartitionOptions {
  readonly partition?: number;
  readonly partitionCount?: number;
  readonly registry?: Registry;
  /** Whether rows stay in memory after the record that touched them. */
  readonly memory?: "all" | "none";
}

export interface Applied {
  readonly effects: Effects;
  readonly actions: readonly Action[];
  readonly commit: Commit;
  /** How often the engine asked for rows before it could apply the record. */
  readonly rounds: number;
}

/** A journal entry, decoded. */
export interface Entry {
  readonly index: number;
  readonly message: Message;
  /** Its body lies in payload rows. */
  readonly stored: boolean;
  readonly appendedAt: number;
}

const ROUNDS_MAX = 50;

export class TestPartition implements Reader {
  readonly rows = new RowStore();
  /** The context of the next record. */
  timeMs = 1_700_000_000_000;
  random: Uint8Array = new Uint8Array(16);
  /** Everything that was sent to other partitions, decoded. */
  readonly outbox: Applied["effects"]["messages"][number][] = [];
  /** Calls of the engine so far. */
  batch = 0;
  registry: Registry;
  roundsMax = 0;

  private readonly engine: Engine;
  private readonly memory: "all" | "none";
  private readonly resident = new Map<string, unknown>();
  private readonly derivedOf = new Map<InvocationKey, Derived>();
  private records = 0;

  constructor(options: PartitionOptions = {}) {
    this.engine = new Engine(options.partition ?? 0, options.partitionCount ?? 1);
    this.registry = options.registry ?? createRegistry();
    this.memory = options.memory ?? "all";
  }

  // ---- what the engine reads ----------------------------------------------------------------

  row<T>(kind: RowKind<T>, key: string): T | null | undefined {
    return this.resident.get(`${kind.slot} ${key}`) as T | null | undefined;
  }

  derived(key: InvocationKey): Derived {
    let derived = this.derivedOf.get(key);
    if (derived === undefined) {
      derived = { index: undefined, awaiting: undefined, awaitingOf: -1 };
      this.derivedOf.set(key, derived);
    }
    return derived;
  }

  // ---- records ------------------------------------------------------------------------------

  /** Applies `record`, giving the engine what it asks for, and commits its effects. */
  apply(record: EngineRecord): Applied {
    this.records += 1;
    this.batch += 1;
    const random = Uint8Array.from(this.random);
    // The first two bytes are the jitter of retries, the first ten go into new ids.
    new DataView(random.buffer).setUint32(4, this.records);
    const context = { timeMs: this.timeMs, random, batch: this.batch, record: this.records };
    for (const key of this.engine.keysOf(record)) {
      const row = invocationRows as RowKind<unknown>;
      if (this.row(row, key) === undefined) this.feed({ kind: "row", row, key });
    }
    for (let rounds = 0; rounds < ROUNDS_MAX; rounds++) {
      const result = this.engine.apply(record, context, this, this.registry);
      if (result.kind === "needs") {
        if (result.needs.length === 0)
          throw new Error("the engine needs nothing and does not go on");
        for (const need of result.needs) this.feed(need);
        continue;
      }
      this.roundsMax = Math.max(this.roundsMax, rounds);
      return this.commit(result.effects, rounds);
    }
    throw new Error(`a ${record.kind} record is never satisfied`);
  }

  /** Forgets everything that the store holds too. */
  forget(): void {
    this.resident.clear();
    this.derivedOf.clear();
  }

  private feed(need: Need): void {
    if (need.kind === "journalIndex") {
      this.derived(need.key).index = this.indexOf(need.key);
      return;
    }
    const { row, key } = need;
    this.resident.set(`${row.slot} ${key}`, this.read(row, key));
  }

  private read<T>(row: RowKind<T>, key: string): T | null {
    if (row.ranged !== undefined) {
      const rows = this.rows.scan(row.ranged.range(key));
      return rows.length === 0 ? null : row.ranged.fold(rows);
    }
    const bytes = this.rows.get(row.rowKey(key));
    return bytes === undefined ? null : row.decode(bytes, key);
  }

  private indexOf(key: InvocationKey): NotificationIndex {
    const index = new NotificationIndex();
    for (const { message, index: entry } of this.journal(key)) {
      if (isNotificationKind(message.kind)) index.record(message as never, entry);
    }
    return index;
  }

  private commit(effects: Effects, rounds: number): Applied {
    const batch = new Batch(this.batch);
    batch.timeMs = this.timeMs;
    batch.add(effects);
    const commit = batch.pack(effects.born);
    for (const write of commit.writes) this.rows.write(write);
    for (const { kind, key, value } of effects.writes) {
      if (kind.transient === true) this.resident.delete(`${kind.slot} ${key}`);
      else this.resident.set(`${kind.slot} ${key}`, value ?? null);
    }
    for (const [i, { destination }] of effects.messages.entries()) {
      const message = decodePartitionMessage(commit.messages[i]?.body ?? new Uint8Array(0));
      this.outbox.push({ destination, message });
    }
    if (this.memory === "none") this.forget();
    return { effects, actions: effects.actions, commit, rounds };
  }

  // ---- what the store holds -----------------------------------------------------------------

  invocation(key: InvocationKey): Invocation | undefined {
    const bytes = this.rows.get(invocationRows.rowKey(key));
    return bytes === undefined ? undefined : invocationRows.decode(bytes, key);
  }

  /** The invocation, which must be there. */
  get(key: InvocationKey): Invocation {
    const invocation = this.invocation(key);
    if (invocation === undefined) throw new Error("there is no such invocation");
    return invocation;
  }

  /** All invocations, in no particular order. */
  invocations(): Invocation[] {
    return this.rows.tagged(Tag.invocation).map(({ key, value }) => {
      const id = String.fromCharCode(...key.subarray(17), ...key.subarray(1, 17));
      return invocationRows.decode(value, id);
    });
  }

  /** The journal without its Input, and without an Output that is kept in the header. */
  journal(key: InvocationKey, version: ProtocolVersion = 7): Entry[] {
    const entries: Entry[] = [];
    for (const row of this.rows.scan(journalRange(key))) {
      visitSegment(row, (entry) => entries.push(this.decode(key, entry, version)));
    }
    return entries;
  }

  private decode(key: InvocationKey, entry: JournalEntry, version: ProtocolVersion): Entry {
    const { index, code, frame, storedLength, appendedAt } = entry;
    const stored = storedLength !== undefined;
    const body = stored
      ? this.payload(key, PayloadKind.entry, index)
      : frame.subarray(FRAME_HEADER_BYTES);
    if (stored && body.length !== storedLength)
      throw new Error("a stored entry has another length");
    return { index, message: decodeBody(code, 0, body, version), stored, appendedAt };
  }

  payload(key: InvocationKey, kind: PayloadKind, entry = 0): Uint8Array {
    return joinValues(this.rows.scan(payloadRange(key, kind, entry)));
  }

  timers(): TimerId[] {
    return this.rows.tagged(Tag.timer).map(timerOfRow);
  }
}

/** An item of an attempt as a transport over bytes hands it on. */
export function framed(message: AttemptItem["message"], version: ProtocolVersion): AttemptItem {
  return { message, frame: encodeFrame(message, version) };
}
