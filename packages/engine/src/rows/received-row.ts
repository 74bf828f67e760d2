/** The last message that was applied from a partition: commit number (8), place in it (4). */
import type { MessageSequence } from "../ports/store.ts";
import { ByteReader, ByteWriter } from "./bytes.ts";
import { receivedRowKey } from "./keys.ts";
import type { RowKind } from "./row-kind.ts";

const writer = new ByteWriter(16);

/** By source partition, as a decimal number. */
export const receivedRows: RowKind<MessageSequence> = {
  slot: 2,
  name: "received message",
  rowKey: (key) => receivedRowKey(Number(key)),
  encode: (sequence) => {
    writer.begin();
    writer.u64(sequence.commit);
    writer.u32(sequence.index);
    return writer.take();
  },
  decode: (bytes) => {
    const reader = new ByteReader(bytes, "received message");
    return { commit: reader.u64(), index: reader.u32() };
  },
};
