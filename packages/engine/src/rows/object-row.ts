/**
 * A virtual object or workflow: who holds it, who waits, and which generation its state is.
 *
 * Format (1), holder (1, and 24 if there is one), head and tail of the inbox, generation. There is
 * no row for one that is idle and whose state has never been cleared.
 */
import type { InvocationKey } from "@rejoin/protocol";
import { StoreError } from "../ports/store.ts";
import { ByteReader, ByteWriter } from "./bytes.ts";
import { type InstanceId, taggedKey } from "./instance.ts";
import { Tag } from "./keys.ts";
import type { RowKind } from "./row-kind.ts";

/** What holds an object: an exclusive invocation, or a task that looks for the next one. */
export type Holder = InvocationKey | "task";

export interface ObjectRow {
  readonly holder: Holder | undefined;
  /** The first place of the inbox that may be taken; the inbox is empty when it is the tail. */
  readonly head: number;
  /** The next place to be given. */
  readonly tail: number;
  /** Part of the key of every state row: raised, it clears the state. */
  readonly generation: number;
}

export const IDLE_OBJECT: ObjectRow = { holder: undefined, head: 1, tail: 1, generation: 0 };

const FORMAT = 1;
const HolderKind = { none: 0, invocation: 1, task: 2 } as const;
const writer = new ByteWriter(64);

/** By {@link InstanceId}. */
export const objectRows: RowKind<ObjectRow> = {
  slot: 5,
  name: "object",
  rowKey: (instance) => taggedKey(Tag.object, instance),
  encode: ({ holder, head, tail, generation }) => {
    writer.begin();
    writer.u8(FORMAT);
    if (holder === undefined) writer.u8(HolderKind.none);
    else if (holder === "task") writer.u8(HolderKind.task);
    else {
      writer.u8(HolderKind.invocation);
      writer.binary(holder);
    }
    writer.varint(head);
    writer.varint(tail);
    writer.varint(generation);
    return writer.take();
  },
  decode: (bytes) => {
    const reader = new ByteReader(bytes, "object");
    if (reader.u8() !== FORMAT) {
      throw new StoreError("DATA_CORRUPTION", "a stored object has an unknown format");
    }
    const holder = readHolder(reader);
    return { holder, head: reader.varint(), tail: reader.varint(), generation: reader.varint() };
  },
};

function readHolder(reader: ByteReader): Holder | undefined {
  const kind = reader.u8();
  if (kind === HolderKind.none) return undefined;
  if (kind === HolderKind.task) return "task";
  return reader.binary(24) as InvocationKey;
}

/** Of an instance whose row key is known. */
export function instanceOfObjectKey(key: Uint8Array): InstanceId {
  return String.fromCharCode(...key.subarray(1));
}
