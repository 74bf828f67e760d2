/** What the tests of objects look at. */
import type { InvocationKey } from "@rejoin/protocol";
import { instanceId } from "../rows/instance.ts";
import type { Holder } from "../rows/object-row.ts";
import { parseStateRowKey, stateRange } from "../rows/state-rows.ts";
import { objectOf } from "./checks.ts";
import type { TestPartition } from "./partition.ts";
import { text } from "./records.ts";

/** The encoded name of the object `key` of the tests' service. */
export function objectId(key: string, scope = ""): string {
  return instanceId({ service: "Obj", scope, key });
}

/** The encoded name of the workflow `key`. */
export function workflowId(key: string): string {
  return instanceId({ service: "Wf", scope: "", key });
}

export function holderOf(partition: TestPartition, instance: string): Holder | undefined {
  return objectOf(partition, instance)?.holder;
}

/** The state that counts, as text. */
export function stateOf(partition: TestPartition, instance: string): Record<string, string> {
  const generation = objectOf(partition, instance)?.generation ?? 0;
  const rows = partition.rows.scan(stateRange(instance, generation));
  return Object.fromEntries(
    rows.map(({ key, value }) => [text(parseStateRowKey(key).name), text(value)]),
  );
}

/** Rows of all generations of a state. */
export function stateRowCount(partition: TestPartition, instance: string): number {
  return partition.rows.scan(stateRange(instance)).length;
}

/** The keys of those that wait for an object, in no particular order. */
export function inboxedOf(partition: TestPartition): InvocationKey[] {
  const waiting = partition.invocations().filter((one) => one.status === "inboxed");
  return waiting.map((one) => one.key);
}
