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
  /** Rows; the last record of a batch may exceed it by what it writes itself. */
  readonly batchWritesMax: number;
  readonly batchBytesMax: number;
  readonly batchApplyMs: number;
  /** Records waiting for the partition; beyond, the ingress answers 429. */
  readonly queueRecordsMax: number;
  readonly queueBytesMax: number;
  /** Headers of invocations that the invoker owns, kept in memory. */
  readonly hotInvocationsMax: number;
  /** Headers of suspended invocations, and what is derived from them. */
  readonly coldInvocationsMax: number;
  /** Other rows in memory. */
  readonly cachedRowsMax: number;
  /** State of objects kept in memory, so that their next visit need not read it. */
  readonly stateCacheBytesMax: number;
  /** Timers in memory; the others wait in the store. */
  readonly timersInMemoryMax: number;
  /** Messages read from a mailbox at once. */
  readonly mailboxPageMax: number;
  /** Restart lists read at once, and invocations handed to the engine in one record. */
  readonly restartListsPage: number;
  readonly recoverKeysMax: number;
  /** Rows that one page of a task may delete. */
  readonly taskPageRowsMax: number;
  /** Children that one page of a task may kill; each is a few rows. */
  readonly taskPageChildrenMax: number;
  /** Bytes of journal entries that one page of a task may copy, or one entry. */
  readonly taskPageBytesMax: number;
  readonly retentionIntervalMs: number;
  /** Concurrency limits that are looked at in one record when limits have changed. */
  readonly limitersPageMax: number;
  /** Tasks that an earlier leader left, found at once. */
  readonly tasksPageMax: number;
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
  /** Of all attempts together, beyond what each may have. */
  readonly pendingBytesMax: number;
  /** Connections over HTTP/1.1 to one deployment: each carries one attempt at a time. */
  readonly http1ConnectionsMax: number;
  /** What an attempt on AWS Lambda takes, and gives, before it is compressed. */
  readonly lambdaBodyBytesMax: number;
  /** A message of an endpoint. */
  readonly messageBytesMax: number;
  /** State that an attempt is given when it opens; it asks for what is beyond. */
  readonly eagerStateBytesMax: number;
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
  /** Body of an admin request that replaces the state of an object. */
  readonly adminStateBodyBytesMax: number;
  /** Payloads in one page of a journal that the admin API gives; a larger entry is a page itself. */
  readonly adminJournalBytesMax: number;
  /** Requests of the admin API at one time. */
  readonly adminRequestsMax: number;
  /** Invocations that one question of the admin API looks at. */
  readonly introspectionRowsMax: number;
  /** Memory of the database that answers lists, counts and SQL. */
  readonly sqlMemoryBytesMax: number;
  /** All that the process of the mirror may take, values of expressions included; then it ends. */
  readonly sqlProcessBytesMax: number;
  /** SQL statements that run at one time, and that wait for it; beyond, they are answered 429. */
  readonly sqlStatementsMax: number;
  readonly sqlStatementsWaitingMax: number;
  /** How long a statement may take. */
  readonly sqlStatementMs: number;
  /** Rows and bytes of an answer; what has more rows ends there, what is larger fails. */
  readonly sqlAnswerRowsMax: number;
  readonly sqlAnswerBytesMax: number;
  /** What a statement may read of the tables that are not held in memory. */
  readonly sqlTableRowsMax: number;
  readonly sqlTableBytesMax: number;
}

export const DEFAULT_LIMITS: Limits = {
  batchRecordsMax: 1000,
  batchWritesMax: 640,
  batchBytesMax: 4 * MIB,
  batchApplyMs: 5,
  queueRecordsMax: 20_000,
  queueBytesMax: 64 * MIB,
  hotInvocationsMax: 65_536,
  coldInvocationsMax: 1024,
  cachedRowsMax: 4096,
  stateCacheBytesMax: 16 * MIB,
  timersInMemoryMax: 1024,
  mailboxPageMax: 512,
  restartListsPage: 64,
  recoverKeysMax: 256,
  taskPageRowsMax: 256,
  taskPageChildrenMax: 48,
  taskPageBytesMax: 256 * KIB,
  retentionIntervalMs: 10_000,
  limitersPageMax: 8,
  tasksPageMax: 256,
  attemptsMax: 1000,
  readyQueueMax: 1_000_000,
  attemptRecordItemsMax: 64,
  attemptRecordBytesMax: 1 * MIB,
  attemptInboxItemsMax: 1024,
  attemptPendingItemsMax: 1024,
  pendingBytesMax: 128 * MIB,
  attemptPendingBytesMax: 256 * KIB,
  http1ConnectionsMax: 1000,
  lambdaBodyBytesMax: 64 * MIB,
  messageBytesMax: 32 * MIB + 256 * KIB,
  eagerStateBytesMax: 1 * MIB,
  replayPageRows: 64,
  requestBytesMax: 32 * MIB,
  ingressRequestsMax: 10_000,
  discoveryTimeoutMs: 10_000,
  discoveryBytesMax: 4 * MIB,
  adminBodyBytesMax: 1 * MIB,
  adminStateBodyBytesMax: 16 * MIB,
  adminJournalBytesMax: 4 * MIB,
  adminRequestsMax: 1000,
  introspectionRowsMax: 20_000,
  sqlMemoryBytesMax: 1024 * MIB,
  sqlProcessBytesMax: 2560 * MIB,
  sqlStatementsMax: 2,
  sqlStatementsWaitingMax: 16,
  sqlStatementMs: 30_000,
  sqlAnswerRowsMax: 100_000,
  sqlAnswerBytesMax: 64 * MIB,
  sqlTableRowsMax: 200_000,
  sqlTableBytesMax: 128 * MIB,
};

/** Throws if the limits contradict one another. */
export function assertLimits(limits: Limits): void {
  const positive = Object.entries(limits).every(([, value]) => value > 0 || value === 0);
  invariant(positive, "a limit is negative");
  invariant(limits.queueRecordsMax >= limits.batchRecordsMax, "the queue is shorter than a batch");
  invariant(limits.queueBytesMax >= limits.requestBytesMax, "a request does not fit the queue");
  invariant(
    limits.batchWritesMax + limits.taskPageRowsMax <= 1000,
    "a page of a task makes a batch of more than 1,000 writes",
  );
  invariant(limits.attemptsMax >= 1, "no attempt could ever run");
  invariant(
    limits.attemptInboxItemsMax >= limits.attemptRecordItemsMax,
    "an attempt's inbox is shorter than one of its records",
  );
  invariant(limits.http1ConnectionsMax >= 1, "no attempt could ever run over HTTP/1.1");
  invariant(
    limits.lambdaBodyBytesMax >= limits.messageBytesMax,
    "a message does not fit a body of AWS Lambda",
  );
}

assertLimits(DEFAULT_LIMITS);
