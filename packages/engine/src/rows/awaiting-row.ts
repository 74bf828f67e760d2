/** What a suspended invocation awaits, where it is too large for the header: an encoded tree. */
import type { InvocationKey } from "@rejoin/protocol";
import { awaitingRowKey } from "./keys.ts";
import type { RowKind } from "./row-kind.ts";

export const awaitingRows: RowKind<Uint8Array> = {
  slot: 1,
  name: "await tree",
  rowKey: (key) => awaitingRowKey(key as InvocationKey),
  encode: (bytes) => bytes,
  decode: (bytes) => bytes,
};
