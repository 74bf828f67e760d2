/**
 * A large output, put together from its payload rows. Read only: it is written in chunks, and the
 * shell that fetches it joins them.
 */
import type { InvocationKey } from "@rejoin/protocol";
import { PayloadKind, payloadRange, payloadRowKey } from "./keys.ts";
import type { RowKind } from "./row-kind.ts";
import { joinValues } from "./values.ts";

export const outputRows: RowKind<Uint8Array> = {
  slot: 3,
  name: "stored output",
  rowKey: (key) => payloadRowKey(key as InvocationKey, PayloadKind.output, 0, 0),
  transient: true,
  ranged: {
    range: (key) => payloadRange(key as InvocationKey, PayloadKind.output),
    fold: joinValues,
  },
  encode: (bytes) => bytes,
  decode: (bytes) => bytes,
};
