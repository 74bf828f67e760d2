/** Clients of a Rejoin server over `fetch`: the admin API, and the ingress. */

export type { Duration, JournalValueCodec, Serde } from "@rejoin/protocol";
export { type AdminClient, createAdminClient } from "./admin/admin-client.ts";
export type {
  ChildrenPage,
  ChildrenQuery,
  GroupBy,
  InvocationGroup,
  InvocationSummary,
  ObjectPage,
  ObjectQuery,
  ObjectResource,
  ObjectState,
  Overview,
  QueryResult,
  StateQuery,
  StateValue,
  StatusCounts,
  StuckInvocations,
  SummaryQuery,
} from "./admin/introspection.ts";
export type {
  AwaitingIds,
  AwaitingResource,
  EntryResult,
  InvocationDetails,
  InvocationEventResource,
  InvocationFilter,
  InvocationPage,
  InvocationQuery,
  InvocationResource,
  InvocationStatusName,
  JournalEntryResource,
  JournalRange,
  OneOrMore,
} from "./admin/invocations.ts";
export type {
  ConvertedValue,
  JournalClient,
  JournalValue,
  RecordedEntry,
  RecordedJournalPage,
  RecordedJournalRange,
  RecordedStart,
  ValueConversion,
} from "./admin/journal-client.ts";
export type {
  RuleChange,
  RuleLimits,
  RulePrecondition,
  RuleRemoval,
  RuleResource,
} from "./admin/limits.ts";
export type {
  BatchFailure,
  BatchOperationName,
  BatchResult,
  DeploymentChoice,
  OperationOutcome,
  RestartedPair,
  RestartOptions,
  StateChange,
} from "./admin/operations.ts";
export type {
  ClusterHealth,
  DeploymentAuth,
  DeploymentDetails,
  DeploymentResource,
  HandlerResource,
  HandlerType,
  InfoResource,
  RegisterDeploymentRequest,
  RegisterDeploymentResponse,
  Registration,
  RetryPolicyResource,
  ServiceChange,
  ServiceResource,
  ServiceRevisionPair,
  ServiceType,
  UpdateDeploymentRequest,
  VersionInfo,
} from "./admin/resources.ts";
export { ClientError, type ClientErrorDetails, type ClientErrorKind } from "./client-error.ts";
export type {
  Descriptor,
  HandlerDescriptor,
  InferInput,
  InferOutput,
  ObjectDescriptor,
  Service,
  ServiceDefinition,
  ServiceDefinitionFrom,
  ServiceDescriptor,
  VirtualObject,
  VirtualObjectDefinition,
  VirtualObjectDefinitionFrom,
  Workflow,
  WorkflowDefinition,
  WorkflowDefinitionFrom,
  WorkflowDescriptor,
} from "./definitions.ts";
export type { ClientOptions } from "./http.ts";
export type {
  InferArgType,
  IngressClient,
  IngressClientFromDescriptors,
  IngressSendClient,
  IngressSendClientFromDescriptors,
  IngressWorkflowClient,
  Output,
  Send,
  WorkflowSubmission,
} from "./ingress/clients.ts";
export { connect } from "./ingress/connect.ts";
export { type ErrorSource, HttpCallError } from "./ingress/http-call-error.ts";
export type { ConnectionOpts, Ingress, ScopedIngress } from "./ingress/ingress.ts";
export {
  type IngressCallOptions,
  type IngressSendOptions,
  Opts,
  rpc,
  SendOpts,
} from "./ingress/options.ts";
export { defaultShouldRetry, type RetryFailure, type RetryPolicy } from "./ingress/retry-policy.ts";
export * as serde from "./serde/namespace.ts";
