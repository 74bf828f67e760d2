/**
 * The concurrency limits as the disk has them. After each commit:
 *
 * - what a limit counts as running is who has a slot of it, and the slots that are on their way;
 * - it has grown only as far as the limit that was in force;
 * - nobody has got a slot before somebody who had queued for it earlier;
 * - a place in a queue is that of an invocation which waits there;
 * - only who is invoked has slots.
 */
import {
  type Commit,
  decodePartitionMessage,
  type Invocation,
  type LimiterId,
  type LimiterRow,
  limiterOfRowKey,
  limiterRows,
  type PartitionMessage,
  slotRows,
  Tag,
  type Write,
} from "@rejoin/engine";
import { formatInvocationId, type InvocationKey } from "@rejoin/protocol";
import type { MemoryDisk } from "@rejoin/storage";
import type { CommitObserver, HeaderChange } from "../checker/commit-observer.ts";
import type { KnownInvocation } from "../checker/known-invocation.ts";
import type { Violations } from "../checker/violations.ts";
import type { Stats } from "../stats.ts";
import type { Flow } from "./flow-plan.ts";
import type { IssuedCommit, RegistryTimeline } from "./registry-timeline.ts";

export interface LimiterLogOptions {
  readonly disk: MemoryDisk;
  readonly timeline: RegistryTimeline;
  readonly violations: Violations;
  readonly stats: Stats;
  readonly now: () => number;
  readonly known: (key: InvocationKey) => KnownInvocation | undefined;
  /** What a node of the program is called with, where scopes are possible. */
  readonly flowOfNode: (node: number) => Flow | undefined;
}

/** Somebody in the queue of a limit. */
interface Place {
  readonly sequence: number;
  readonly key: InvocationKey;
  /** The place of the commit that it came with among all commits. */
  readonly order: number;
}

export interface LimiterState {
  row: LimiterRow;
  /** The partition that counts. */
  partition: number;
  readonly places: Map<number, Place>;
  readonly holders: Set<InvocationKey>;
  /** Slots in messages between partitions: granted, or coming back. */
  underWay: number;
  changedAt: number;
}

/** Somebody who has got a slot in this commit. */
interface Gain {
  readonly limiter: LimiterId;
  readonly key: InvocationKey;
}

const FREE: LimiterRow = { running: 0, head: 1, tail: 1 };
const SEQUENCE_BYTES = 8;
const decoder = new TextDecoder();

export class LimiterLog implements CommitObserver {
  readonly limiters = new Map<LimiterId, LimiterState>();
  private readonly options: LimiterLogOptions;
  /** Who has which slots, as far as has been counted. */
  private readonly slots = new Map<InvocationKey, readonly LimiterId[]>();
  private readonly mail = new Map<string, PartitionMessage>();
  private readonly headers = new Map<InvocationKey, KnownInvocation>();
  /** The lowest version of the registry that an invocation may have asked for its slots by. */
  private readonly askedBy = new Map<InvocationKey, number>();
  private order = 0;
  // Of the commit that is being looked at:
  private changes: HeaderChange[] = [];
  private gains: Gain[] = [];
  private readonly touched = new Set<LimiterId>();
  private readonly runningBefore = new Map<LimiterId, number>();
  private readonly gone = new Map<LimiterId, Place[]>();

  constructor(options: LimiterLogOptions) {
    this.options = options;
  }

  /** See {@link askedBy}. */
  askedSince(key: InvocationKey): number | undefined {
    return this.askedBy.get(key);
  }

  header(change: HeaderChange): void {
    this.changes.push(change);
  }

  row(partition: number, { key, value }: Write): void {
    if (key[0] === Tag.limiter) {
      const id = limiterOfRowKey(key);
      const limiter = this.limiter(id);
      this.runningBefore.set(id, this.runningBefore.get(id) ?? limiter.row.running);
      limiter.row = value === undefined ? FREE : limiterRows.decode(value, id);
      limiter.partition = partition;
      this.touch(id);
    } else if (key[0] === Tag.slot) this.place(key, value);
  }

  committed(partition: number, commit: Commit): void {
    this.order += 1;
    const { disk, timeline } = this.options;
    const { epoch } = disk.partition(partition);
    const issued = timeline.take({ partition, epoch, number: commit.number });
    for (const change of this.changes) this.count(change, issued);
    this.changes = [];
    this.pass(partition, commit);
    for (const id of this.touched) this.check(id, partition, issued);
    this.touched.clear();
    this.gains = [];
    this.runningBefore.clear();
    this.gone.clear();
  }

  // ---- what a commit says -----------------------------------------------------------------------

  private limiter(id: LimiterId): LimiterState {
    let found = this.limiters.get(id);
    if (found === undefined) {
      found = {
        row: FREE,
        partition: -1,
        places: new Map(),
        holders: new Set(),
        underWay: 0,
        changedAt: 0,
      };
      this.limiters.set(id, found);
    }
    return found;
  }

  private touch(id: LimiterId): LimiterState {
    const limiter = this.limiter(id);
    limiter.changedAt = this.options.now();
    this.touched.add(id);
    return limiter;
  }

  private place(key: Uint8Array, value: Uint8Array | undefined): void {
    const end = key.length - SEQUENCE_BYTES;
    const id = decoder.decode(key.subarray(1, end - 1));
    const sequence = Number(Buffer.from(key).readBigUInt64BE(end));
    const { places } = this.touch(id);
    const before = places.get(sequence);
    if (before !== undefined) {
      places.delete(sequence);
      this.gone.set(id, [...(this.gone.get(id) ?? []), before]);
    }
    if (value === undefined) return;
    const waiter = slotRows.decode(value, "");
    places.set(sequence, { sequence, key: waiter.key, order: this.order + 1 });
    this.options.stats.count("waited in the queue of a limit");
  }

  private count(change: HeaderChange, issued?: IssuedCommit): void {
    const { known, statusBefore, header } = change;
    const { key } = known;
    this.countStats(change);
    this.headers.set(key, known);
    const has = header?.slots ?? [];
    const had = this.slots.get(key) ?? [];
    if (header !== undefined) this.checkHolder(header);
    if (header !== undefined && change.before === "none") this.checkFlow(known, header);
    if (header?.status === "invoked" && statusBefore !== "invoked") {
      this.askedBy.set(key, issued?.from ?? 0);
    }
    for (const id of had) {
      if (has.includes(id)) continue;
      this.touch(id).holders.delete(key);
      this.options.stats.count(`slot given back: ${header?.status ?? "removed"}`);
    }
    for (const id of has) {
      if (had.includes(id)) continue;
      this.touch(id).holders.add(key);
      this.gains.push({ limiter: id, key });
      this.options.stats.count(`slot taken: ${id.slice(0, id.indexOf(":"))}`);
    }
    if (has.length === 0) this.slots.delete(key);
    else this.slots.set(key, has);
  }

  /** It counts towards what it was called with, or what the one that it repeats was. */
  private checkFlow({ node, key }: KnownInvocation, header: Invocation): void {
    const { scope = "" } = header.target;
    const { restartedFrom } = header;
    const source =
      restartedFrom === undefined ? undefined : this.options.known(restartedFrom)?.header;
    const flow = scope === "" ? undefined : this.options.flowOfNode(node);
    const wanted =
      source === undefined
        ? { scope: flow?.scope ?? scope, limitKey: flow?.limitKey ?? "" }
        : { scope: source.target.scope ?? "", limitKey: source.limitKey };
    const isKnown = source !== undefined || node >= 0;
    if (!isKnown || (wanted.scope === scope && wanted.limitKey === header.limitKey)) return;
    const text = `${formatInvocationId(key)} counts under ${scope}/${header.limitKey}`;
    this.report("slot", `${text}, not under ${wanted.scope}/${wanted.limitKey}`);
  }

  private countStats({ before, header }: HeaderChange): void {
    const { stats } = this.options;
    if (header === undefined) return;
    const waited = before !== "none" && before.waitingFor !== undefined;
    if (waited && header.status !== "invoked") {
      stats.count(`while it waited for a slot: ${header.status}`);
    }
    const isLimited = header.slots.length > 0 || header.waitingFor !== undefined;
    if (!isLimited) return;
    if (header.restartedFrom !== undefined && header.starts === 1 && !waited) {
      stats.count(
        `restarted under a limit${header.seedOf === undefined ? "" : ", with a journal"}`,
      );
    }
    if ((header.target.scope ?? "") !== "") stats.count("limited in a scope");
  }

  /** The limits that somebody waits for. */
  queued(): readonly LimiterId[] {
    return [...this.limiters].filter(([, { places }]) => places.size > 0).map(([id]) => id);
  }

  private checkHolder({ key, status, slots, waitingFor }: Invocation): void {
    if (new Set(slots).size !== slots.length) {
      this.report("slot", `${formatInvocationId(key)} has a slot twice: ${slots.join(", ")}`);
    }
    if (status === "invoked" || (slots.length === 0 && waitingFor === undefined)) return;
    const what = waitingFor === undefined ? slots.join(", ") : `a place at ${waitingFor.limiter}`;
    this.report("slot", `${formatInvocationId(key)} is ${status} and has ${what}`);
  }

  /** Slots that have set out, and those that have arrived. */
  private pass(partition: number, commit: Commit): void {
    for (const { destination, sequence, body } of commit.messages) {
      const message = decodePartitionMessage(body);
      if (message.kind !== "grant" && message.kind !== "release") continue;
      this.mail.set(`${partition} ${destination} ${sequence.commit} ${sequence.index}`, message);
      this.touch(message.limiter).underWay += 1;
      this.options.stats.count(`slot under way: ${message.kind}`);
      if (message.kind !== "grant") continue;
      this.gains.push({ limiter: message.limiter, key: message.to });
    }
    for (const { source, sequence } of commit.consumed) {
      const name = `${source} ${partition} ${sequence.commit} ${sequence.index}`;
      const message = this.mail.get(name);
      if (message?.kind !== "grant" && message?.kind !== "release") continue;
      this.mail.delete(name);
      this.touch(message.limiter).underWay -= 1;
    }
  }

  // ---- what must hold ---------------------------------------------------------------------------

  private check(id: LimiterId, partition: number, issued: IssuedCommit | undefined): void {
    const limiter = this.limiter(id);
    const { row, holders, underWay } = limiter;
    if (row.running !== holders.size + underWay) {
      const names = [...holders].map(formatInvocationId).join(", ");
      const text = `${id} counts ${row.running} as running, ${holders.size} have a slot (${names})`;
      this.report("slot", `${text}, ${underWay} are under way`);
    }
    if (limiter.partition !== partition) return;
    this.checkBound(id, limiter, issued);
    this.checkOrder(id, limiter);
    this.checkPlaces(id, limiter);
  }

  private checkBound(id: LimiterId, { row }: LimiterState, issued: IssuedCommit | undefined): void {
    const before = this.runningBefore.get(id) ?? row.running;
    if (row.running <= before || issued === undefined) return;
    const most = this.options.timeline.highest(id, issued.from, issued.to);
    if (row.running === most) this.options.stats.count("limit reached");
    if (row.running <= most) return;
    this.report(
      "over-limit",
      `${id} went from ${before} to ${row.running} running, and is ${most}`,
    );
  }

  private checkOrder(id: LimiterId, { places }: LimiterState): void {
    const waiting = [...places.values()].filter(({ order }) => order < this.order);
    if (waiting.length === 0) return;
    for (const { limiter, key } of this.gains) {
      if (limiter !== id) continue;
      const place = this.gone.get(id)?.find((left) => left.key === key);
      const overtaken = waiting.find(
        ({ sequence }) => place === undefined || sequence < place.sequence,
      );
      if (overtaken === undefined) continue;
      const names = `${formatInvocationId(key)} before ${formatInvocationId(overtaken.key)}`;
      this.report("out-of-turn", `${id} was given to ${names}, which had queued earlier`);
    }
  }

  private checkPlaces(id: LimiterId, { places, row }: LimiterState): void {
    for (const { sequence, key } of places.values()) {
      const known = this.headers.get(key);
      if (sequence < row.head || sequence >= row.tail) {
        this.report("slot", `place ${sequence} of ${id} lies outside its queue`);
      }
      // Whoever is in another partition leaves its place until its turn comes.
      if (known === undefined || known.partition !== this.limiter(id).partition) continue;
      const { waitingFor } = known.header;
      const waits = known.present && waitingFor?.limiter === id && waitingFor.sequence === sequence;
      if (waits) continue;
      this.report("slot", `place ${sequence} of ${id} is that of ${formatInvocationId(key)}`);
    }
  }

  private report(kind: Parameters<Violations["report"]>[0], text: string): void {
    this.options.violations.report(kind, text);
  }
}
