/** Serdes that convert nothing. */
import type { Serde } from "./serde.ts";

const NO_BYTES = new Uint8Array(0);

/** Bytes as they are. */
export const binarySerde: Serde<Uint8Array> = {
  contentType: "application/octet-stream",
  serialize: (value) => value,
  deserialize: (data) => data,
};

/** No payload at all. */
export const emptySerde: Serde<void> = {
  serialize(value) {
    if (value !== undefined) throw new Error("Expected undefined value");
    return NO_BYTES;
  },
  deserialize(data) {
    if (data.length !== 0) throw new Error("Expected empty data");
  },
};
