/** The next page of each kind of task, read from the committed state. */
import {
  type CopyTask,
  FRAME_HEADER_BYTES,
  type Invocation,
  invocationRows,
  type KillTask,
  type PartitionStore,
  type PurgeTask,
  staleStateRange,
  type Task,
  type TaskStep,
} from "@rejoin/engine";
import { decodeBody, type InvocationKey, messageCode, parseInvocationId } from "@rejoin/protocol";
import { CopiedEntries, JournalLostError } from "../journal/copied-entries.ts";
import { type JournalItem, readEntries } from "../journal/journal-reader.ts";
import type { Limits } from "../limits.ts";
import { pageOf, rowsOf } from "./owned-rows.ts";

export type TaskLimits =
  | "taskPageRowsMax"
  | "taskPageChildrenMax"
  | "taskPageBytesMax"
  | "replayPageRows";

const CHILD_ID_CODE = messageCode("callInvocationIdCompletion");
const NEWEST_VERSION = 7;
/** Segments that one page of a task reads. */
const SEGMENTS_MAX = 4;

export class TaskPages {
  private readonly store: PartitionStore;
  private readonly limits: Pick<Limits, TaskLimits>;
  private readonly copies = new Map<string, CopiedEntries>();

  constructor(store: PartitionStore, limits: Pick<Limits, TaskLimits>) {
    this.store = store;
    this.limits = limits;
  }

  /** The task is done. */
  forget(name: string): void {
    this.copies.delete(name);
  }

  async next(name: string, task: Task): Promise<TaskStep> {
    switch (task.kind) {
      case "kill":
        return await this.killPage(task);
      case "purge":
      case "purgeJournal":
        return await this.purgePage(task);
      case "clear": {
        const { instance, generation } = task;
        const range = staleStateRange(instance, generation);
        const page = await pageOf(this.store, range, this.limits.taskPageRowsMax);
        return { kind: "clear", generation, ...page };
      }
      case "copy":
        return await this.copyPage(name, task);
      case "unlock":
        return { kind: "unlock" };
      case "grant":
        return { kind: "grant" };
    }
  }

  /** The next children that the journal of a killed invocation names. */
  private async killPage({ key, nextEntry: from }: KillTask): Promise<TaskStep> {
    const children: InvocationKey[] = [];
    const entries = await readEntries(this.store, key, from, SEGMENTS_MAX);
    for (const entry of entries) {
      if (children.length >= this.limits.taskPageChildrenMax) {
        return { kind: "kill", from, children, next: entry.index };
      }
      const child = childOf(entry);
      if (child !== undefined) children.push(child);
    }
    const last = entries.at(-1);
    return { kind: "kill", from, children, next: last && last.index + 1 };
  }

  private async purgePage(task: PurgeTask): Promise<TaskStep> {
    const header = await this.header(task.key);
    const { kind } = task;
    if (header?.bornIn !== task.bornIn) return { kind, rows: [], more: false };
    const what = kind === "purge" ? "invocation" : "journal";
    return { kind, ...(await rowsOf(this.store, header, what, this.limits.taskPageRowsMax)) };
  }

  private async copyPage(name: string, task: CopyTask): Promise<TaskStep> {
    const source = await this.header(task.from);
    const isLost = source?.bornIn !== task.fromBornIn || source.journalLength === 0;
    const from = task.nextEntry;
    if (isLost) return { kind: "copy", from, frames: [], next: undefined, isLost };
    try {
      const known = this.copies.get(name);
      const copied = known ?? (await CopiedEntries.open(this.store, source, task.upTo));
      this.copies.set(name, copied);
      const page = await copied.page(from, this.limits.taskPageBytesMax);
      return { kind: "copy", from, ...page, isLost };
    } catch (error) {
      if (!(error instanceof JournalLostError)) throw error;
      return { kind: "copy", from, frames: [], next: undefined, isLost: true };
    }
  }

  private async header(key: InvocationKey): Promise<Invocation | undefined> {
    const [bytes] = await this.store.getMany([invocationRows.rowKey(key)]);
    return bytes === undefined ? undefined : invocationRows.decode(bytes, key);
  }
}

function childOf({ code, item }: JournalItem): InvocationKey | undefined {
  if (code !== CHILD_ID_CODE) return undefined;
  const message = decodeBody(code, 0, item.frame.subarray(FRAME_HEADER_BYTES), NEWEST_VERSION);
  if (message.kind !== "callInvocationIdCompletion") return undefined;
  return message.result.kind === "invocationId"
    ? parseInvocationId(message.result.invocationId)
    : undefined;
}
