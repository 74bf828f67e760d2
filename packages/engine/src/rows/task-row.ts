/**
 * Tasks: work that is not bounded by the record that asks for it, done a page at a time. The row is
 * what is left to do; it goes with the last page.
 */
import type { InvocationKey } from "@rejoin/protocol";
import { StoreError } from "../ports/store.ts";
import { ByteReader, ByteWriter, binaryBytes, binaryString } from "./bytes.ts";
import type { InstanceId } from "./instance.ts";
import { taskRowKey } from "./keys.ts";
import type { LimiterId } from "./limiter-rows.ts";
import type { RowKind } from "./row-kind.ts";

/** Kills the children of a killed invocation, as its journal names them. */
export interface KillTask {
  readonly kind: "kill";
  readonly key: InvocationKey;
  /** The first journal entry that has not been looked at. */
  readonly nextEntry: number;
}

/** Deletes a completed invocation, or its journal alone. */
export interface PurgeTask {
  readonly kind: "purge" | "purgeJournal";
  readonly key: InvocationKey;
  readonly bornIn: number;
}

/** Deletes the state rows that a `clearAll` has left behind. */
export interface ClearTask {
  readonly kind: "clear";
  readonly instance: InstanceId;
  /** Rows of generations below this one are stale. */
  readonly generation: number;
}

/** Gives a new invocation the beginning of another one's journal. */
export interface CopyTask {
  readonly kind: "copy";
  /** The new invocation. */
  readonly key: InvocationKey;
  readonly from: InvocationKey;
  readonly fromBornIn: number;
  /** The last entry of the prefix. */
  readonly upTo: number;
  /** The first entry of the source that has not been looked at. */
  readonly nextEntry: number;
}

/** Looks for who comes next in an inbox that has long gaps. */
export interface UnlockTask {
  readonly kind: "unlock";
  readonly instance: InstanceId;
}

/** Gives the free slots of a concurrency limit to those who wait. */
export interface GrantTask {
  readonly kind: "grant";
  readonly limiter: LimiterId;
}

export type Task = KillTask | PurgeTask | ClearTask | CopyTask | UnlockTask | GrantTask;

const CODES = {
  kill: "k",
  purge: "p",
  purgeJournal: "j",
  clear: "c",
  copy: "r",
  unlock: "u",
  grant: "g",
} as const satisfies Record<Task["kind"], string>;

/** The task's name: one task of a kind for each invocation or object. */
export function taskName(task: Task): string {
  return CODES[task.kind] + subjectOf(task);
}

function subjectOf(task: Task): string {
  if ("instance" in task) return task.instance;
  return "limiter" in task ? binaryString(encoder.encode(task.limiter)) : task.key;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function killTaskName(key: InvocationKey): string {
  return CODES.kill + key;
}

const FORMAT = 1;
const writer = new ByteWriter();

/** By {@link taskName}. */
export const taskRows: RowKind<Task> = {
  slot: 10,
  name: "task",
  transient: true,
  rowKey: taskRowKey,
  encode: (task) => {
    writer.begin();
    writer.u8(FORMAT);
    switch (task.kind) {
      case "kill":
        writer.u32(task.nextEntry);
        break;
      case "purge":
      case "purgeJournal":
        writer.u64(task.bornIn);
        break;
      case "clear":
        writer.u32(task.generation);
        break;
      case "copy":
        writer.binary(task.from);
        writer.u64(task.fromBornIn);
        writer.u32(task.upTo);
        writer.u32(task.nextEntry);
        break;
      default:
    }
    return writer.take();
  },
  decode: (bytes, name) => {
    const reader = new ByteReader(bytes, "task");
    if (reader.u8() !== FORMAT) throw unknownTask();
    const rest = name.slice(1);
    switch (name.charAt(0)) {
      case CODES.kill:
        return { kind: "kill", key: rest as InvocationKey, nextEntry: reader.u32() };
      case CODES.purge:
        return { kind: "purge", key: rest as InvocationKey, bornIn: reader.u64() };
      case CODES.purgeJournal:
        return { kind: "purgeJournal", key: rest as InvocationKey, bornIn: reader.u64() };
      case CODES.clear:
        return { kind: "clear", instance: rest, generation: reader.u32() };
      case CODES.copy:
        return {
          kind: "copy",
          key: rest as InvocationKey,
          from: reader.binary(24) as InvocationKey,
          fromBornIn: reader.u64(),
          upTo: reader.u32(),
          nextEntry: reader.u32(),
        };
      case CODES.unlock:
        return { kind: "unlock", instance: rest };
      case CODES.grant:
        return { kind: "grant", limiter: decoder.decode(binaryBytes(rest)) };
      default:
        throw unknownTask();
    }
  },
};

function unknownTask(): StoreError {
  return new StoreError("DATA_CORRUPTION", "a stored task has an unknown form");
}
