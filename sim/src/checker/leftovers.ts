/** What may be left on a disk: when everything has ended, and when everything has been deleted. */
import { instanceOfObjectKey, objectRows, parseStateRowKey, Tag, tagRange } from "@rejoin/engine";
import type { SimContext } from "../sim-context.ts";
import { binaryText, type DiskPartition, readRow, rowsIn } from "./disk-rows.ts";
import { printable } from "./object-checker.ts";

/** No state of an older generation is left when no task is. */
export function checkStaleState({ disk, plan, violations }: SimContext): void {
  for (let partition = 0; partition < plan.partitionCount; partition++) {
    const own = disk.partition(partition);
    for (const { key } of rowsIn(own, tagRange(Tag.state))) {
      const { instance, generation } = parseStateRowKey(key);
      const now = readRow(own, objectRows, instance)?.generation ?? 0;
      if (generation === now) continue;
      const text = `state of generation ${generation} of ${printable(instance)}`;
      violations.report("leftover", `${text}, which is at generation ${now}`);
    }
  }
}

/** Scopes and keys of workflows whose run is there. */
export function* presentRuns({ log }: SimContext): Generator<string> {
  for (const { present, header } of log.invocations.values()) {
    const { handlerKind, scope = "", key } = header.target;
    if (present && handlerKind === "workflow") yield `${scope}/${key}`;
  }
}

/**
 * Everything has been deleted, and all timers are over. An object whose state was ever cleared
 * keeps its generation; promises of a workflow that never ran belong to nobody; lists go with time.
 */
export function checkNothingLeft(context: SimContext, workflows: ReadonlySet<string>): void {
  for (let partition = 0; partition < context.plan.partitionCount; partition++) {
    const own = context.disk.partition(partition);
    for (const tag of FORBIDDEN) {
      for (const { key } of rowsIn(own, tagRange(tag))) {
        const what = `${String.fromCharCode(tag)} ${JSON.stringify(binaryText(key))}`;
        context.violations.report("leftover", `partition ${partition} has a row ${what}`);
      }
    }
    checkObjects(context, own);
    checkPromises(context, own, workflows);
  }
  context.stats.count("purged until nothing was left");
}

const FORBIDDEN: readonly number[] = [
  Tag.invocation,
  Tag.payload,
  Tag.journal,
  Tag.awaiting,
  Tag.timer,
  Tag.inbox,
  Tag.state,
  Tag.task,
];

function checkObjects({ violations }: SimContext, own: DiskPartition): void {
  for (const { key } of rowsIn(own, tagRange(Tag.object))) {
    const instance = instanceOfObjectKey(key);
    const row = readRow(own, objectRows, instance);
    if (
      row === undefined ||
      (row.holder === undefined && row.head === row.tail && row.generation > 0)
    ) {
      continue;
    }
    violations.report("leftover", `object ${printable(instance)} is ${JSON.stringify(row)}`);
  }
}

function checkPromises(
  { violations }: SimContext,
  own: DiskPartition,
  workflows: ReadonlySet<string>,
): void {
  for (const { key } of rowsIn(own, tagRange(Tag.promise))) {
    const name = printable(binaryText(key).slice(1));
    const [, scope, workflow] = name.split("/");
    if (workflows.has(`${scope}/${workflow}`))
      violations.report("leftover", `promise ${name} is left`);
  }
}
