/** Clients of a Rejoin server over `fetch`: the admin API, and the ingress. */
export { type AdminClient, createAdminClient } from "./admin/admin-client.ts";
export type {
  AwaitingIds,
  AwaitingResource,
  EntryResult,
  InvocationDetails,
  InvocationFilter,
  InvocationPage,
  InvocationResource,
  InvocationStatusName,
  JournalEntryResource,
  JournalRange,
} from "./admin/invocations.ts";
export type {
  DeploymentDetails,
  DeploymentResource,
  HandlerResource,
  HandlerType,
  InfoResource,
  RegisterDeploymentRequest,
  RegisterDeploymentResponse,
  Registration,
  RetryPolicyResource,
  ServiceResource,
  ServiceRevisionPair,
  ServiceType,
  UpdateDeploymentRequest,
  VersionInfo,
} from "./admin/resources.ts";
export { ClientError, type ClientErrorDetails, type ClientErrorKind } from "./client-error.ts";
export type { ClientOptions } from "./http.ts";
export {
  type CallOptions,
  type CallTarget,
  createIngressClient,
  type IngressClient,
  type SendOptions,
  type SendReceipt,
} from "./ingress/ingress-client.ts";
