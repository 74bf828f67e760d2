/**
 * What is known of one partition: its newest epoch and its last commit.
 *
 * | offset | bytes | field of the value |
 * |--:|--:|---|
 * | 0 | 8 | epoch, f64, big-endian |
 * | 8 | 8 | number of the last commit, f64, big-endian |
 * | 16 | 8 | its time in milliseconds since the Unix epoch, f64, big-endian |
 */
import { StoreError } from "@rejoin/engine";
import type { Database } from "./database.ts";
import { decodeValue, encodeEnd, encodeKey, namespaces } from "./row-codec.ts";
import type { WriteBatch } from "./write-batch.ts";

const headBytes = 24;
const noBytes = new Uint8Array(0);

/** A commit's number and time, zeros before the first. */
export interface CommitMark {
  readonly number: number;
  readonly timeMs: number;
}

/** The epoch and the last commit that have been submitted, and the last commit that is durable. */
export interface PartitionHead {
  epoch: number;
  submitted: CommitMark;
  durable: CommitMark;
}

/** Adds a partition's head row as submitted. */
export function putPartitionHead(batch: WriteBatch, partition: number, head: PartitionHead): void {
  const value = new DataView(new ArrayBuffer(headBytes));
  value.setFloat64(0, head.epoch);
  value.setFloat64(8, head.submitted.number);
  value.setFloat64(16, head.submitted.timeMs);
  batch.put(namespaces.head, partition, noBytes, new Uint8Array(value.buffer));
}

/** Reads the heads of all partitions. */
export async function readPartitionHeads(
  database: Database,
  directory: string,
  partitionCount: number,
): Promise<PartitionHead[]> {
  const heads = Array.from({ length: partitionCount }, () => {
    const none = { number: 0, timeMs: 0 };
    return { epoch: 0, submitted: none, durable: none };
  });
  const gte = encodeKey(namespaces.head, 0);
  const lt = encodeEnd(namespaces.head, partitionCount - 1);
  for await (const [key, stored] of database.iterator({ gte, lt })) {
    const value = decodeValue(directory, key, stored);
    const partition = ((key[1] ?? 0) << 8) | (key[2] ?? 0);
    heads[partition] = decodeHead(directory, partition, value);
  }
  return heads;
}

function decodeHead(directory: string, partition: number, value: Uint8Array): PartitionHead {
  if (value.length !== headBytes) {
    const what = `the head of partition ${partition} in ${directory} has ${value.length} bytes`;
    throw new StoreError("DATA_CORRUPTION", `${what}: restore the directory from a backup`);
  }
  const view = new DataView(value.buffer, value.byteOffset, value.length);
  const last = { number: view.getFloat64(8), timeMs: view.getFloat64(16) };
  return { epoch: view.getFloat64(0), submitted: last, durable: last };
}
