/**
 * A durable promise of a workflow: its outcome, or who waits for it.
 *
 * 0 and the waiting invocations (24, batch of birth, completion id); or 1 and the outcome.
 */
import type { InvocationKey, Outcome } from "@rejoin/protocol";
import { ByteReader, ByteWriter, binaryString } from "./bytes.ts";
import { type InstanceId, taggedKey, taggedRange } from "./instance.ts";
import { Tag } from "./keys.ts";
import { readOutcome, writeOutcome } from "./outcomes.ts";
import type { RowKind } from "./row-kind.ts";

export interface PromiseWaiter {
  readonly key: InvocationKey;
  readonly bornIn: number;
  readonly completionId: number;
}

export type PromiseRow =
  | { readonly kind: "open"; readonly waiters: readonly PromiseWaiter[] }
  | { readonly kind: "completed"; readonly outcome: Outcome };

const encoder = new TextEncoder();
const writer = new ByteWriter();

export function promiseKey(instance: InstanceId, name: string): string {
  return instance + binaryString(encoder.encode(name));
}

export function promiseRange(instance: InstanceId) {
  return taggedRange(Tag.promise, instance);
}

/** By {@link promiseKey}. */
export const promiseRows: RowKind<PromiseRow> = {
  slot: 9,
  name: "durable promise",
  transient: true,
  rowKey: (key) => taggedKey(Tag.promise, key),
  encode: (row) => {
    writer.begin();
    if (row.kind === "completed") {
      writer.u8(1);
      writeOutcome(writer, row.outcome);
      return writer.take();
    }
    writer.u8(0);
    writer.varint(row.waiters.length);
    for (const { key, bornIn, completionId } of row.waiters) {
      writer.binary(key);
      writer.varint(bornIn);
      writer.varint(completionId);
    }
    return writer.take();
  },
  decode: (bytes) => {
    const reader = new ByteReader(bytes, "durable promise");
    if (reader.u8() !== 0) return { kind: "completed", outcome: readOutcome(reader) };
    const waiters: PromiseWaiter[] = [];
    for (let n = reader.varint(); n > 0; n--) {
      const key = reader.binary(24) as InvocationKey;
      const bornIn = reader.varint();
      waiters.push({ key, bornIn, completionId: reader.varint() });
    }
    return { kind: "open", waiters };
  },
};
