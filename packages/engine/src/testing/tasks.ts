/** The tasks of a test partition: what their next steps are, in small pages, and running them. */
import {
  encodeFrame,
  type InvocationKey,
  isNotificationKind,
  type Message,
  type Outcome,
  parseInvocationId,
} from "@rejoin/protocol";
import type { Invocation } from "../model/invocation.ts";
import type { KeyRange } from "../ports/store.ts";
import type { RowsPage, TaskStep, TaskStepRecord } from "../records.ts";
import { binaryString } from "../rows/bytes.ts";
import { instanceOf } from "../rows/instance.ts";
import { journalRange, PayloadKind, payloadRange, Tag } from "../rows/keys.ts";
import { promiseRange } from "../rows/promise-row.ts";
import { staleStateRange, stateRange } from "../rows/state-rows.ts";
import { type CopyTask, type KillTask, type Task, taskRows } from "../rows/task-row.ts";
import type { Applied, TestPartition } from "./partition.ts";

/** Rows, children and entries of a page: few, so that work is cut into many. */
const PAGE = { rows: 3, children: 2, entries: 2 } as const;
const STEPS_MAX = 10_000;

export interface NamedTask {
  readonly name: string;
  readonly task: Task;
}

/** The tasks that have a row, in the order of their names. */
export function tasksOf(partition: TestPartition): NamedTask[] {
  return partition.rows.tagged(Tag.task).map(({ key, value }) => {
    const name = binaryString(key.subarray(1));
    return { name, task: taskRows.decode(value, name) };
  });
}

/** The record of a task's next step. */
export function stepOf(partition: TestPartition, { name, task }: NamedTask): TaskStepRecord {
  return { kind: "taskPage", task: "step", name, step: pageOf(partition, task) };
}

/** Does steps until no task is left; each of them `times` times over. */
export function runTasks(partition: TestPartition, times = 1): Applied[] {
  const done: Applied[] = [];
  for (let steps = 0; steps < STEPS_MAX; steps++) {
    const [next] = tasksOf(partition);
    if (next === undefined) return done;
    const record = stepOf(partition, next);
    for (let i = 0; i < times; i++) done.push(partition.apply(record));
  }
  throw new Error("the tasks do not end");
}

function pageOf(partition: TestPartition, task: Task): TaskStep {
  switch (task.kind) {
    case "kill":
      return killPage(partition, task);
    case "purge":
    case "purgeJournal": {
      const invocation = partition.invocation(task.key);
      const rows = invocation === undefined ? NO_ROWS : rowsPage(partition, invocation, task.kind);
      return { kind: task.kind, ...rows };
    }
    case "clear": {
      const { instance, generation } = task;
      const keys = keysIn(partition, [staleStateRange(instance, generation)]);
      return { kind: "clear", generation, ...cut(keys, []) };
    }
    case "copy":
      return copyPage(partition, task);
    case "unlock":
    case "grant":
      return { kind: task.kind };
  }
}

const NO_ROWS: RowsPage = { rows: [], more: false };

function keysIn(partition: TestPartition, ranges: readonly KeyRange[]): Uint8Array[] {
  return ranges.flatMap((range) => partition.rows.scan(range).map((row) => row.key));
}

function cut(keys: readonly Uint8Array[], last: readonly Uint8Array[]): RowsPage {
  if (keys.length > PAGE.rows) return { rows: keys.slice(0, PAGE.rows), more: true };
  return { rows: [...keys, ...last], more: false };
}

/** The rows that go with an invocation, or its journal; its result goes with the last of them. */
export function rowsPage(
  partition: TestPartition,
  { key, target }: Invocation,
  what: "purge" | "purgeJournal",
): RowsPage {
  const { gte } = payloadRange(key, PayloadKind.entry);
  const entries = { gte, lt: payloadRange(key).lt };
  const ranges = [journalRange(key), entries];
  if (what === "purgeJournal") return cut(keysIn(partition, ranges), []);
  if (target.handlerKind === "workflow") {
    const instance = instanceOf(target);
    ranges.push(promiseRange(instance), stateRange(instance));
  }
  return cut(keysIn(partition, ranges), keysIn(partition, [payloadRange(key)]));
}

function killPage(partition: TestPartition, { key, nextEntry: from }: KillTask): TaskStep {
  const children: InvocationKey[] = [];
  for (const { index, message } of partition.journal(key)) {
    if (index < from) continue;
    if (children.length === PAGE.children) return { kind: "kill", from, children, next: index };
    if (message.kind !== "callInvocationIdCompletion") continue;
    if (message.result.kind !== "invocationId") continue;
    children.push(parseInvocationId(message.result.invocationId));
  }
  return { kind: "kill", from, children, next: undefined };
}

function copyPage(partition: TestPartition, task: CopyTask): TaskStep {
  const { nextEntry: from, upTo } = task;
  const source = partition.invocation(task.from);
  const isLost = source?.bornIn !== task.fromBornIn || source.journalLength === 0;
  if (isLost) return { kind: "copy", from, frames: [], next: undefined, isLost };
  const entries = wholeJournal(partition, source);
  const wanted = [...entries.keys()].filter(
    (index) => index >= from && (index <= upTo || completesPrefix(entries, index, upTo)),
  );
  const page = wanted.slice(0, PAGE.entries);
  const frames = page.map((index) => encodeFrame(entries.get(index) as Message, 7));
  return { kind: "copy", from, frames, next: wanted[PAGE.entries], isLost };
}

/** With an Output that is kept in the header alone. */
function wholeJournal(partition: TestPartition, source: Invocation): Map<number, Message> {
  const entries = new Map<number, Message>(
    partition.journal(source.key).map(({ index, message }) => [index, message]),
  );
  const { output } = source;
  if (source.outputInHeader && output !== undefined) {
    const result: Outcome =
      output.kind === "failure"
        ? output
        : { kind: "value", value: partition.payload(source.key, PayloadKind.output) };
    const inline = output.kind === "success" && output.value.kind === "inline";
    const inHeader = inline ? ({ kind: "value", value: output.value.bytes } as const) : result;
    entries.set(source.journalLength - 1, { kind: "output", name: "", result: inHeader });
  }
  return entries;
}

function completesPrefix(
  entries: ReadonlyMap<number, Message>,
  index: number,
  upTo: number,
): boolean {
  const message = entries.get(index);
  if (message === undefined || !isNotificationKind(message.kind)) return false;
  if (!("completionId" in message)) return false;
  const { completionId } = message;
  for (const [at, entry] of entries) {
    if (at > upTo) continue;
    if ("resultCompletionId" in entry && entry.resultCompletionId === completionId) return true;
    if ("invocationIdCompletionId" in entry && entry.invocationIdCompletionId === completionId) {
      return true;
    }
  }
  return false;
}
