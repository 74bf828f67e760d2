/**
 * A place in an object's inbox: an exclusive invocation, or a change of its state by an operator.
 *
 * 0 and 24 bytes; or 1, the expected version, and the entries of the new state.
 */
import type { InvocationKey, StateEntry } from "@rejoin/protocol";
import { ByteReader, ByteWriter } from "./bytes.ts";
import { type InstanceId, numberKey, taggedKey } from "./instance.ts";
import { Tag } from "./keys.ts";
import type { RowKind } from "./row-kind.ts";

/** Replaces the whole state of an object. */
export interface StateMutation {
  readonly entries: readonly StateEntry[];
  /** The fingerprint that the present state must have; `undefined` for any. */
  readonly version: string | undefined;
}

export type InboxEntry =
  | { readonly kind: "invocation"; readonly key: InvocationKey }
  | { readonly kind: "mutation"; readonly mutation: StateMutation };

const writer = new ByteWriter();

export function inboxKey(instance: InstanceId, sequence: number): string {
  return instance + numberKey(sequence, 8);
}

/** By {@link inboxKey}. */
export const inboxRows: RowKind<InboxEntry> = {
  slot: 6,
  name: "inbox entry",
  // Who waits at the head is asked for with every visit; a change of state may be large.
  transient: (entry) => entry?.kind !== "invocation",
  rowKey: (key) => taggedKey(Tag.inbox, key),
  encode: (entry) => {
    writer.begin();
    if (entry.kind === "invocation") {
      writer.u8(0);
      writer.binary(entry.key);
    } else {
      const { entries, version } = entry.mutation;
      writer.u8(1);
      writer.optionalString(version);
      writer.varint(entries.length);
      for (const { key, value } of entries) {
        writer.blob(key);
        writer.blob(value);
      }
    }
    return writer.take();
  },
  decode: (bytes) => {
    const reader = new ByteReader(bytes, "inbox entry");
    if (reader.u8() === 0) return { kind: "invocation", key: reader.binary(24) as InvocationKey };
    const version = reader.optionalString();
    const entries: StateEntry[] = [];
    for (let n = reader.varint(); n > 0; n--) {
      entries.push({ key: reader.blob(), value: reader.blob() });
    }
    return { kind: "mutation", mutation: { entries, version } };
  },
};
