/** Payloads as they lie on a disk: in headers, or in rows of their own. */
import { type Invocation, PayloadKind, payloadRange } from "@rejoin/engine";
import type { InvocationKey } from "@rejoin/protocol";
import { latin1 } from "./digest.ts";
import type { DiskPartition } from "./disk-rows.ts";

/** The node of the program that an invocation's input names; -1 if it names none. */
export function readInputNode(partition: DiskPartition, { key, input }: Invocation): number {
  const text =
    input.kind === "inline"
      ? latin1(input.bytes, input.bytes.length)
      : readPayloadText(partition, key, "input");
  const found = /"node":(\d+)/.exec(text);
  return found === null ? -1 : Number(found[1]);
}

/** A payload that is kept in rows of its own. */
export function readPayloadText(
  partition: DiskPartition,
  key: InvocationKey,
  kind: keyof typeof PayloadKind,
  entry = 0,
): string {
  const { gte, lt } = payloadRange(key, PayloadKind[kind], entry);
  const rows = partition.rows.range({
    gte: latin1(gte, gte.length),
    lt: latin1(lt, lt.length),
    limit: Number.MAX_SAFE_INTEGER,
  });
  return rows.map(([, value]) => latin1(value, value.length)).join("");
}

/** The body of a journal entry that is too large for its segment. */
export function readEntryBody(
  partition: DiskPartition,
  key: InvocationKey,
  entry: number,
): Uint8Array {
  return Buffer.from(readPayloadText(partition, key, "entry", entry), "latin1");
}
