/**
 * The instances of a service that have something stored: state, a holder, or someone who waits.
 *
 * Three kinds of rows name them, in every partition, all in the order of their names: the next
 * instance is the smallest of the next ones of each. A page looks at a bounded number of rows.
 */
import {
  type Instance,
  type InstanceId,
  type ObjectRow,
  objectRows,
  parseInstanceId,
  type Reads,
  stateRange,
  Tag,
} from "@rejoin/engine";
import type { InvocationKey } from "@rejoin/protocol";
import type { PartitionReads } from "../partition-reads.ts";
import { afterKey, instanceOfRowKey, namePrefix, nameRange } from "./instance-rows.ts";
import { rowsAtOnce } from "./page-rows.ts";

export interface ObjectQuery {
  readonly service: string;
  readonly scope: string;
  /** How the keys begin. */
  readonly prefix: string;
  readonly limit: number;
  readonly after: InstanceId | undefined;
}

export interface ObjectSummary {
  readonly instance: Instance;
  readonly stateKeys: number;
  readonly stateBytes: number;
  /** There is more state than was counted. */
  readonly isTruncated: boolean;
  readonly lockedBy: InvocationKey | undefined;
  readonly inboxLength: number;
}

export interface ObjectPage {
  readonly objects: readonly ObjectSummary[];
  /** Where to go on; `undefined` if there is nothing more. */
  readonly next: InstanceId | undefined;
}

const TAGS = [Tag.object, Tag.inbox, Tag.state];
const PAGE_ROWS = 256;
/** Of one object. */
const STATE_ROWS_MAX = 1024;
const STATE_BYTES_MAX = 4 * 1024 * 1024;
const INBOX_ROWS_MAX = 1024;
/** Of one page. */
const PAGE_BYTES_MAX = 16 * 1024 * 1024;
const LOOKED_MAX = 2000;

interface Head {
  readonly reads: Reads;
  readonly tag: number;
  next: InstanceId | undefined;
}

export async function listObjects(
  partitions: PartitionReads,
  query: ObjectQuery,
): Promise<ObjectPage> {
  const { service, scope, prefix, limit } = query;
  const names = namePrefix({ service, scope, key: prefix });
  const heads: Head[] = partitions
    .all()
    .flatMap((reads) => TAGS.map((tag) => ({ reads, tag, next: undefined })));
  await Promise.all(heads.map((head) => advance(head, names, query.after)));
  const objects: ObjectSummary[] = [];
  let last = query.after;
  let bytes = 0;
  for (let looked = 0; looked < LOOKED_MAX; looked++) {
    const instance = smallest(heads);
    if (instance === undefined) return { objects, next: undefined };
    if (objects.length >= limit || bytes >= PAGE_BYTES_MAX) break;
    const own = heads.filter(({ next }) => next === instance);
    const [head] = own;
    if (head !== undefined) {
      const summary = await summarize(head.reads, instance);
      bytes += summary.stateBytes;
      if (isWorthShowing(summary)) objects.push(summary);
    }
    last = instance;
    await Promise.all(own.map((one) => advance(one, names, instance)));
  }
  return { objects, next: last };
}

async function advance(head: Head, names: string, after: InstanceId | undefined): Promise<void> {
  const [row] = await head.reads.scan(nameRange(head.tag, names, after), { limit: 1 });
  head.next = row === undefined ? undefined : instanceOfRowKey(row.key);
}

function smallest(heads: readonly Head[]): InstanceId | undefined {
  let found: InstanceId | undefined;
  for (const { next } of heads) {
    if (next !== undefined && (found === undefined || next < found)) found = next;
  }
  return found;
}

async function summarize(reads: Reads, instance: InstanceId): Promise<ObjectSummary> {
  const [bytes] = await reads.getMany([objectRows.rowKey(instance)]);
  const object = bytes === undefined ? undefined : objectRows.decode(bytes, instance);
  const holder = object?.holder;
  return {
    instance: parseInstanceId(instance),
    ...(await countState(reads, instance, object?.generation ?? 0)),
    lockedBy: holder === "task" ? undefined : holder,
    inboxLength: await countInbox(reads, instance, object),
  };
}

async function countState(reads: Reads, instance: InstanceId, generation: number) {
  let { gte } = stateRange(instance, generation);
  const { lt } = stateRange(instance, generation);
  let stateKeys = 0;
  let stateBytes = 0;
  for (;;) {
    const limit = rowsAtOnce(stateKeys, stateBytes, PAGE_ROWS);
    const rows = await reads.scan({ gte, lt }, { limit });
    stateKeys += rows.length;
    for (const { value } of rows) stateBytes += value.length;
    const last = rows.at(-1);
    if (last === undefined || rows.length < limit) {
      return { stateKeys, stateBytes, isTruncated: false };
    }
    if (stateKeys >= STATE_ROWS_MAX || stateBytes >= STATE_BYTES_MAX) {
      return { stateKeys, stateBytes, isTruncated: true };
    }
    gte = afterKey(last.key);
  }
}

/** Beyond a bound, the places that have been given. */
async function countInbox(reads: Reads, instance: InstanceId, object: ObjectRow | undefined) {
  if (object === undefined || object.head === object.tail) return 0;
  const rows = await reads.scan(nameRange(Tag.inbox, instance), { limit: INBOX_ROWS_MAX });
  return rows.length < INBOX_ROWS_MAX ? rows.length : object.tail - object.head;
}

/** A row may be left that only says how often the state was cleared. */
function isWorthShowing({ stateKeys, lockedBy, inboxLength }: ObjectSummary): boolean {
  return stateKeys > 0 || lockedBy !== undefined || inboxLength > 0;
}
