export * from "./actions.ts";
export { Batch, expirySecondOf } from "./batch.ts";
export type { ApplyResult, Derived, Effects, Need, Reader, RowWrite } from "./effects.ts";
export { Engine } from "./engine.ts";
export { InvariantError, invariant, unreachable } from "./invariant.ts";
export { verdictOf } from "./lifecycle/attempt-failed.ts";
export { AwaitState, type AwaitTree, decodeAwaitTree, toAwaitTree } from "./model/await-tree.ts";
export * from "./model/invocation.ts";
export { NotificationIndex, type Settled } from "./model/notification-index.ts";
export { decodePartitionMessage, type PartitionMessage } from "./partition-message.ts";
export { INLINE_BYTES_MAX, PAYLOAD_CHUNK_BYTES } from "./payloads.ts";
export * from "./ports/store.ts";
export * from "./records.ts";
export type {
  DeploymentInfo,
  HandlerSettings,
  Registry,
  RetryPolicy,
  ServiceRevision,
} from "./registry.ts";
export { awaitingRows } from "./rows/awaiting-row.ts";
export {
  decodeEvent,
  eventRange,
  type FailedEvent,
  type InvocationEvent,
} from "./rows/event-row.ts";
export { inboxRows, type StateMutation } from "./rows/inbox-row.ts";
export { inputRows } from "./rows/input-row.ts";
export {
  type Instance,
  type InstanceId,
  instanceId,
  instanceOf,
  parseInstanceId,
} from "./rows/instance.ts";
export { invocationRows } from "./rows/invocation-row.ts";
export {
  FRAME_HEADER_BYTES,
  type JournalEntry,
  SEGMENT_BYTES_MAX,
  STORED_ENTRY_CODE,
  visitSegment,
} from "./rows/journal-rows.ts";
export * from "./rows/keys.ts";
export {
  type LimiterId,
  type LimiterRow,
  limiterOfRowKey,
  limiterRows,
  slotRows,
} from "./rows/limiter-rows.ts";
export { decodeAliveList, decodeExpiryList, encodeAliveList } from "./rows/list-rows.ts";
export { instanceOfObjectKey, type ObjectRow, objectRows } from "./rows/object-row.ts";
export { outputRows } from "./rows/output-row.ts";
export { type PromiseRow, promiseRange, promiseRows } from "./rows/promise-row.ts";
export { receivedRows } from "./rows/received-row.ts";
export type { RowKind } from "./rows/row-kind.ts";
export {
  parseStateRowKey,
  splitStateKey,
  staleStateRange,
  stateKey,
  statePrefix,
  stateRange,
  stateRows,
} from "./rows/state-rows.ts";
export {
  type CopyTask,
  type KillTask,
  killTaskName,
  type PurgeTask,
  type Task,
  taskName,
  taskRows,
} from "./rows/task-row.ts";
export { joinValues } from "./rows/values.ts";
export { DEFAULT_SETTINGS, settingsOf } from "./settings.ts";
