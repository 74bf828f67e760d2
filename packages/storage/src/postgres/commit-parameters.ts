import type { Commit, StoredMessage, Write } from "@rejoin/engine";
import type { Parameter } from "./connections.ts";
import { encodePlace } from "./postgres-reads.ts";
import { checksumOf, sealScope } from "./seal.ts";
import { encodeBytesArray, encodeIntegerArray } from "./wire.ts";

/** A third of a page, less what surrounds a key: longer ones do not fit PostgreSQL's indexes. */
export const keyBytesMax = 2_600;

/**
 * The parameters of a commit, without the partition and the epoch. They do not change with the
 * commit. Throws a `RangeError`, a bug of the caller, for a key that is too long.
 */
export function encodeCommit(partition: number, commit: Commit): Parameter[] {
  const { put, deleted } = splitWrites(commit.writes);
  return [
    `${commit.number}`,
    `${commit.timeMs}`,
    ...encodePut(partition, put),
    encodeBytesArray(deleted),
    ...encodeMessages(partition, commit),
    encodeBytesArray(commit.consumed.map(encodePlace)),
  ];
}

/** Throws a `RangeError` for a key that does not fit PostgreSQL's indexes. */
export function assertKey(key: Uint8Array): void {
  if (key.length <= keyBytesMax) return;
  const start = Buffer.from(key.subarray(0, 16)).toString("hex");
  throw new RangeError(
    `the key ${start}… has ${key.length} bytes: PostgreSQL stores keys of ${keyBytesMax} at most`,
  );
}

/** The last write of each key: one statement changes a row once. */
function splitWrites(writes: readonly Write[]) {
  const last = new Map<string, Write>();
  for (const write of writes) {
    assertKey(write.key);
    const { buffer, byteOffset, length } = write.key;
    last.set(Buffer.from(buffer, byteOffset, length).toString("latin1"), write);
  }
  const put: { readonly key: Uint8Array; readonly value: Uint8Array }[] = [];
  const deleted: Uint8Array[] = [];
  for (const { key, value } of last.values()) {
    if (value === undefined) deleted.push(key);
    else put.push({ key, value });
  }
  return { put, deleted };
}

function encodePut(
  partition: number,
  rows: readonly { readonly key: Uint8Array; readonly value: Uint8Array }[],
): Buffer[] {
  const scope = sealScope("rows", partition);
  const checksums = rows.map(({ key, value }) => checksumOf(scope, key, value));
  return [
    encodeBytesArray(rows.map(({ key }) => key)),
    encodeBytesArray(
      rows.map(({ value }) => value),
      checksums,
    ),
  ];
}

function encodeMessages(source: number, { messages }: Commit): Buffer[] {
  const places = messages.map(({ sequence }) =>
    encodePlace({ source, sequence } satisfies Omit<StoredMessage, "body">),
  );
  const checksums = messages.map(({ destination, body }, index) =>
    checksumOf(sealScope("mailbox", destination), places[index] as Buffer, body),
  );
  return [
    encodeIntegerArray(messages.map(({ destination }) => destination)),
    encodeBytesArray(places),
    encodeBytesArray(
      messages.map(({ body }) => body),
      checksums,
    ),
  ];
}
