/**
 * Every bound of the server: queues, buffers, caches and pools, in items and in bytes, and the
 * relations between them. Nothing in the server grows without one of these.
 */
import { invariant } from "@rejoin/engine";

const KIB = 1024;
const MIB = 1024 * KIB;

export interface Limits {
  /** A batch ends at any of these. */
  readonly batchRecordsMax: number;
  readonly batchBytesMax: number;
  readonly batchApplyMs: number;
  /** Records waiting for the partition; beyond, the ingress answers 429. */
  readonly queueRecordsMax: number;
  readonly queueBytesMax: number;
  /** Times that one record may be applied again after fetching what it lacked. */
  readonly fetchRoundsMax: number;
  /** Headers of invocations that the invoker owns, kept in memory. */
  readonly hotInvocationsMax: number;
  /** Headers of suspended invocations, and what is derived from them. */
  readonly coldInvocationsMax: number;
  /** Other rows in memory. */
  readonly cachedRowsMax: number;
  /** Timers in memory; the others wait in the store. */
  readonly timersInMemoryMax: number;
  /** Messages read from a mailbox at once. */
  readonly mailboxPageMax: number;
  /** Restart lists read at once, and invocations handed to the engine in one record. */
  readonly restartListsPage: number;
  readonly recoverKeysMax: number;
  /** Rows that one page of a task may delete. */
  readonly taskPageRowsMax: number;
  readonly retentionIntervalMs: number;
  /** Attempts at one time. */
  readonly attemptsMax: number;
  /** Ids of invocations that wait for an attempt; beyond, they are found again in the store. */
  readonly readyQueueMax: number;
  /**
   * Messages of an attempt that are applied in one record; one record at a time. Small, so that the
   * children of a fan-out start about as fast as they are made: then they are short-lived.
   */
  readonly attemptRecordItemsMax: number;
  readonly attemptRecordBytesMax: number;
  /** Messages of an attempt that have arrived and not been applied; beyond, it is not read. */
  readonly attemptInboxItemsMax: number;
  /** Notifications kept in memory for an open attempt; beyond, it reads them from the store. */
  readonly attemptPendingItemsMax: number;
  readonly attemptPendingBytesMax: number;
  /** A message of an endpoint. */
  readonly messageBytesMax: number;
  /** Journal bytes read at once for a replay. */
  readonly replayPageRows: number;
  /** Body of an ingress request. */
  readonly requestBytesMax: number;
  /** Requests and waiters of the ingress at one time. */
  readonly ingressRequestsMax: number;
  /** From the first question to an endpoint about its services to its whole answer. */
  readonly discoveryTimeoutMs: number;
  /** What an endpoint says about its services. */
  readonly discoveryBytesMax: number;
  /** Body of an admin request. */
  readonly adminBodyBytesMax: number;
  /** Invocations that one question of the admin API looks at. */
  readonly introspectionRowsMax: number;
}

export const DEFAULT_LIMITS: Limits = {
  batchRecordsMax: 1000,
  batchBytesMax: 4 * MIB,
  batchApplyMs: 5,
  queueRecordsMax: 20_000,
  queueBytesMax: 64 * MIB,
  fetchRoundsMax: 16,
  hotInvocationsMax: 65_536,
  coldInvocationsMax: 1024,
  cachedRowsMax: 4096,
  timersInMemoryMax: 1024,
  mailboxPageMax: 512,
  restartListsPage: 64,
  recoverKeysMax: 256,
  taskPageRowsMax: 256,
  retentionIntervalMs: 10_000,
  attemptsMax: 1000,
  readyQueueMax: 1_000_000,
  attemptRecordItemsMax: 64,
  attemptRecordBytesMax: 1 * MIB,
  attemptInboxItemsMax: 1024,
  attemptPendingItemsMax: 1024,
  attemptPendingBytesMax: 256 * KIB,
  messageBytesMax: 32 * MIB + 256 * KIB,
  replayPageRows: 64,
  requestBytesMax: 32 * MIB,
  ingressRequestsMax: 10_000,
  discoveryTimeoutMs: 10_000,
  discoveryBytesMax: 4 * MIB,
  adminBodyBytesMax: 1 * MIB,
  introspectionRowsMax: 20_000,
};

/** Throws if the limits contradict one another. */
export function assertLimits(limits: Limits): void {
  const positive = Object.entries(limits).every(([, value]) => value > 0 || value === 0);
  invariant(positive, "a limit is negative");
  invariant(limits.queueRecordsMax >= limits.batchRecordsMax, "the queue is shorter than a batch");
  invariant(limits.queueBytesMax >= limits.requestBytesMax, "a request does not fit the queue");
  invariant(limits.attemptsMax >= 1, "no attempt could ever run");
  invariant(
    limits.attemptInboxItemsMax >= limits.attemptRecordItemsMax,
    "an attempt's inbox is shorter than one of its records",
  );
  invariant(limits.fetchRoundsMax >= 3, "a record needs up to three rounds");
}

assertLimits(DEFAULT_LIMITS);
