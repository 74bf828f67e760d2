/**
 * Exclusive handlers of an object have it one at a time, in the order in which they came: whoever
 * arrived in an earlier commit, or before in the same one, has its turn before.
 */
import {
  type Commit,
  type InstanceId,
  type InvocationStatus,
  instanceOf,
  instanceOfObjectKey,
  objectRows,
  Tag,
  taskRows,
  type Write,
} from "@rejoin/engine";
import { formatInvocationId, type InvocationKey } from "@rejoin/protocol";
import type { MemoryDisk } from "@rejoin/storage";
import type { Stats } from "../stats.ts";
import type { CommitObserver, HeaderChange } from "./commit-observer.ts";
import { type DiskPartition, readRow } from "./disk-rows.ts";
import type { KnownInvocation } from "./known-invocation.ts";
import type { Violations } from "./violations.ts";

const ACTIVE: ReadonlySet<InvocationStatus> = new Set(["invoked", "suspended", "paused"]);

interface Options {
  readonly disk: MemoryDisk;
  readonly violations: Violations;
  readonly stats: Stats;
}

interface Waiting {
  readonly known: KnownInvocation;
  /** The place of its arrival among all commits, and in the inbox. */
  readonly order: number;
  readonly sequence: number;
}

interface ObjectLog {
  /** Exclusive invocations that have the object. */
  readonly active: Map<InvocationKey, KnownInvocation>;
  readonly waiting: Map<InvocationKey, Waiting>;
  /** Who has begun its turn in this commit, having waited. */
  begun: Waiting[];
}

export class ObjectChecker implements CommitObserver {
  private readonly options: Options;
  private readonly objects = new Map<InstanceId, ObjectLog>();
  private readonly changed = new Set<InstanceId>();
  private commits = 0;

  constructor(options: Options) {
    this.options = options;
  }

  header({ known, header }: HeaderChange): void {
    const { target, inboxSequence } = known.header;
    if (target.handlerKind !== "exclusive") return;
    const instance = instanceOf(target);
    const object = this.object(instance);
    const status = header?.status ?? "completed";
    this.changed.add(instance);
    const waited = object.waiting.get(known.key);
    if (status === "inboxed" && waited === undefined) {
      this.options.stats.count("exclusive handler waited for its object");
      object.waiting.set(known.key, { known, order: this.commits, sequence: inboxSequence });
    } else if (status !== "inboxed" && waited !== undefined) {
      object.waiting.delete(known.key);
      if (ACTIVE.has(status)) object.begun.push(waited);
      else this.options.stats.count("ended in the inbox of an object");
    }
    if (ACTIVE.has(status)) object.active.set(known.key, known);
    else object.active.delete(known.key);
  }

  row(_partition: number, { key }: Write): void {
    if (key[0] === Tag.object) this.changed.add(instanceOfObjectKey(key));
  }

  committed(partition: number, _commit: Commit): void {
    this.commits += 1;
    if (this.changed.size === 0) return;
    const disk = this.options.disk.partition(partition);
    for (const instance of this.changed) this.check(disk, instance);
    this.changed.clear();
  }

  /** Objects that are held, or waited for. */
  get busy(): number {
    let count = 0;
    for (const { active, waiting } of this.objects.values()) count += active.size + waiting.size;
    return count;
  }

  private check(disk: DiskPartition, instance: InstanceId): void {
    const object = this.object(instance);
    const row = readRow(disk, objectRows, instance);
    const holder = row?.holder;
    const active = [...object.active.keys()];
    if (active.length > 1) {
      this.report("object-overlap", instance, `is held by ${active.map(formatInvocationId)}`);
    }
    const [key] = active;
    if (key !== undefined && holder !== key) {
      this.report("object-overlap", instance, `is not locked for ${formatInvocationId(key)}`);
    }
    if (key === undefined && holder !== undefined && holder !== "task") {
      this.report(
        "leftover",
        instance,
        `is locked for ${formatInvocationId(holder)}, which is over`,
      );
    }
    if (holder === undefined && object.waiting.size > 0) {
      this.report("stuck", instance, `is free, and ${object.waiting.size} wait for it`);
    }
    if (holder === "task" && readRow(disk, taskRows, `u${instance}`) === undefined) {
      this.report("stuck", instance, "is locked for a task that is not there");
    }
    this.checkOrder(instance, object);
  }

  private checkOrder(instance: InstanceId, object: ObjectLog): void {
    for (const begun of object.begun) {
      const overtaken = [...object.waiting.values()].find(
        (waiting) =>
          waiting.order < begun.order ||
          (waiting.order === begun.order && waiting.sequence < begun.sequence),
      );
      if (overtaken === undefined) continue;
      const names = `${formatInvocationId(begun.known.key)} before ${formatInvocationId(overtaken.known.key)}`;
      this.report("out-of-turn", instance, `had ${names}, which came earlier`);
    }
    object.begun = [];
  }

  private report(kind: Parameters<Violations["report"]>[0], instance: InstanceId, text: string) {
    this.options.violations.report(kind, `object ${printable(instance)} ${text}`);
  }

  private object(instance: InstanceId): ObjectLog {
    let object = this.objects.get(instance);
    if (object === undefined) {
      object = { active: new Map(), waiting: new Map(), begun: [] };
      this.objects.set(instance, object);
    }
    return object;
  }
}

/** The name of an object for messages. */
export function printable(instance: InstanceId): string {
  return instance.split(String.fromCharCode(0, 1)).join("/");
}
