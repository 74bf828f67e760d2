/** A large input, put together from its payload rows. Read only, like a large output. */
import type { InvocationKey } from "@rejoin/protocol";
import { PayloadKind, payloadRange, payloadRowKey } from "./keys.ts";
import type { RowKind } from "./row-kind.ts";
import { joinValues } from "./values.ts";

export const inputRows: RowKind<Uint8Array> = {
  slot: 4,
  name: "stored input",
  transient: true,
  rowKey: (key) => payloadRowKey(key as InvocationKey, PayloadKind.input, 0, 0),
  ranged: {
    range: (key) => payloadRange(key as InvocationKey, PayloadKind.input),
    fold: joinValues,
  },
  encode: (bytes) => bytes,
  decode: (bytes) => bytes,
};
