/** Payloads in rows: small ones stay in the header, larger ones get rows of their own. */
import type { InvocationKey, Outcome } from "@rejoin/protocol";
import type { Invocation, Payload, StoredOutcome } from "./model/invocation.ts";
import {
  encodeStoredEntry,
  FRAME_HEADER_BYTES,
  SEGMENT_BYTES_MAX,
  SEGMENT_HEADER_BYTES,
} from "./rows/journal-rows.ts";
import { PayloadKind, payloadRowKey } from "./rows/keys.ts";
import type { Transaction } from "./transaction.ts";

/** A payload up to this size stays in the header. */
export const INLINE_BYTES_MAX = 2 * 1024;
/** A larger one is cut into rows of at most this size. */
export const PAYLOAD_CHUNK_BYTES = 1024 * 1024;

/** Keeps `bytes` for an invocation, in its header or in rows that this writes. */
export function storePayload(
  txn: Transaction,
  invocation: Pick<Invocation, "key" | "hasPayloadRows">,
  kind: PayloadKind,
  bytes: Uint8Array,
): Payload {
  if (bytes.length <= INLINE_BYTES_MAX) return { kind: "inline", bytes };
  writeChunks(txn, invocation.key, kind, 0, bytes);
  invocation.hasPayloadRows = true;
  return { kind: "stored", length: bytes.length };
}

export function storeOutcome(
  txn: Transaction,
  invocation: Invocation,
  outcome: Outcome,
): StoredOutcome {
  if (outcome.kind === "failure") return { kind: "failure", failure: outcome.failure };
  return {
    kind: "success",
    value: storePayload(txn, invocation, PayloadKind.output, outcome.value),
  };
}

/** Deletes the rows of an earlier output that the newer one does not overwrite. */
export function removeRest(txn: Transaction, invocation: Invocation, before: Payload): void {
  if (before.kind === "inline") return;
  const { output } = invocation;
  const now =
    output?.kind === "success" && output.value.kind === "stored" ? output.value.length : 0;
  const first = Math.ceil(now / PAYLOAD_CHUNK_BYTES);
  for (let chunk = first; chunk * PAYLOAD_CHUNK_BYTES < before.length; chunk++) {
    const key = payloadRowKey(invocation.key, PayloadKind.output, 0, chunk);
    txn.rawWrites.push({ key, value: undefined });
  }
}

/** The frame that goes into a journal segment for `frame`: itself, or a reference to rows. */
export function storeEntryFrame(
  txn: Transaction,
  invocation: Invocation,
  frame: Uint8Array,
): Uint8Array {
  if (SEGMENT_HEADER_BYTES + frame.length <= SEGMENT_BYTES_MAX) return frame;
  const body = frame.subarray(FRAME_HEADER_BYTES);
  writeChunks(txn, invocation.key, PayloadKind.entry, invocation.journalLength, body);
  invocation.hasPayloadRows = true;
  const code = ((frame[0] ?? 0) << 8) | (frame[1] ?? 0);
  return encodeStoredEntry(code, body.length);
}

function writeChunks(
  txn: Transaction,
  id: InvocationKey,
  kind: PayloadKind,
  entry: number,
  bytes: Uint8Array,
): void {
  for (let chunk = 0; chunk * PAYLOAD_CHUNK_BYTES < bytes.length; chunk++) {
    const start = chunk * PAYLOAD_CHUNK_BYTES;
    const value = bytes.subarray(start, start + PAYLOAD_CHUNK_BYTES);
    txn.rawWrites.push({ key: payloadRowKey(id, kind, entry, chunk), value });
  }
}
