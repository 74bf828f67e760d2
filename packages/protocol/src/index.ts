export { peekExecutingSideEffects } from "./awaiting-on.ts";
export { parseBase64Url } from "./base64url.ts";
export { ChurnMap } from "./churn-map.ts";
export {
  decodeBody,
  encodeBody,
  encodeFrame,
  encodeFrames,
  REQUEST_ACK_FLAG,
} from "./codec.ts";
export type {
  Descriptor,
  HandlerDescriptor,
  HandlerDescriptors,
  InferInput,
  InferOutput,
  ObjectDescriptor,
  ServiceDescriptor,
  ServiceKind,
  WorkflowDescriptor,
} from "./descriptors.ts";
export { type Duration, toExactMillis, toMillis } from "./duration.ts";
export {
  ERROR_CODES,
  type ErrorCode,
  formatInvocationErrorCode,
  INVOCATION_ERROR_NAMES,
  InvocationErrorCode,
} from "./error-codes.ts";
export { flowControlProblem } from "./flow-control.ts";
export { type Frame, FrameParser, type FrameParserOptions, frameHeader } from "./frames.ts";
export {
  HEADERS,
  invocationContentType,
  MANIFEST_ACCEPT,
  MANIFEST_CONTENT_TYPES,
  MANIFEST_VERSIONS,
  type ManifestVersion,
  manifestContentType,
  PROTOCOL_VERSIONS,
  parseInvocationContentType,
  parseManifestContentType,
  pickManifestVersion,
} from "./http.ts";
export { ID_ERRORS, IdError, type IdErrorCode } from "./id-error.ts";
export {
  type AwakeableTarget,
  createInvocationKey,
  formatAwakeableId,
  formatDeploymentId,
  formatInvocationId,
  INVOCATION_ID_BYTES,
  type InvocationKey,
  invocationKeyFromBytes,
  invocationKeyToBytes,
  parseAwakeableId,
  parseDeploymentId,
  parseInvocationId,
  partitionKeyOf,
  randomSeedOf,
  UUID_BYTES,
} from "./ids.ts";
export * from "./limits.ts";
export * from "./manifest.ts";
export { ManifestError, type ManifestErrorCode } from "./manifest-error.ts";
export {
  parseManifest,
  propertiesBeyond,
  requiredManifestVersion,
  serializeManifest,
} from "./manifest-parser.ts";
export {
  isAckableKind,
  isCommandKind,
  isCompletionKind,
  isNotificationKind,
  isSentBy,
  MESSAGE_KINDS,
  messageCode,
  messageKind,
} from "./message-kinds.ts";
export * from "./messages.ts";
export { isTooLong, NAME_BYTES_MAX } from "./names.ts";
export {
  partitionKeyOfIdempotentRequest,
  partitionKeyOfKey,
  partitionKeyOfScope,
  partitionKeyOfServiceBucket,
  partitionOf,
} from "./partition-keys.ts";
export { PROTOCOL_ERRORS, ProtocolError, type ProtocolErrorCode } from "./protocol-error.ts";
export { invocationKeyOf } from "./request-keys.ts";
export {
  type FieldPresence,
  type FieldSchema,
  MESSAGE_SCHEMAS,
  type MessageGroup,
  type MessageSchema,
  NESTED_SCHEMAS,
  type NestedName,
  PROTOCOL_SCHEMA_VERSION,
  type ScalarType,
  type Sender,
} from "./schema.ts";
export { JsonSerde, jsonSerde } from "./serde/json-serde.ts";
export { binarySerde, emptySerde } from "./serde/plain-serdes.ts";
export { type InferSchema, type StandardSchemaV1, schemaSerde } from "./serde/schema-serde.ts";
export type { Serde } from "./serde/serde.ts";
export { decodeText, encodeText } from "./serde/text.ts";
export type { JournalValueCodec } from "./serde/value-codec.ts";
export { stateVersion } from "./state-version.ts";
export {
  formatTraceParent,
  headersOfCallee,
  type InvocationTrace,
  invocationTraceOf,
  parseTraceParent,
  spanIdOfAttempt,
  spanIdOfInvocation,
  type TraceContext,
  traceIdOf,
  traceIdOfInvocation,
  withTraceContext,
} from "./trace-context.ts";
export { type DeterministicTarget, deterministicUuid, ulidBytes } from "./uuids.ts";
