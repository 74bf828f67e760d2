/**
 * What the admin API speaks of, as it writes it: JSON with names in snake case. Instants are ISO
 * 8601 texts, durations texts such as `1h 30m`.
 */

export interface VersionInfo {
  readonly version: string;
  readonly min_admin_api_version?: number;
  readonly max_admin_api_version?: number;
  /** Where the ingress is, as the server says. */
  readonly ingress_endpoint?: string;
  readonly features?: Readonly<Record<string, boolean>>;
}

export interface ClusterHealth {
  readonly cluster_name: string;
  readonly metadata_cluster_health: {
    /** The ids of its nodes. */
    readonly members: readonly number[];
  };
}

export type ServiceType = "Service" | "VirtualObject" | "Workflow";
export type HandlerType = "Exclusive" | "Shared" | "Workflow";

export interface RetryPolicyResource {
  readonly initial_interval?: string;
  readonly exponentiation_factor?: number;
  readonly max_attempts?: number | null;
  readonly max_interval?: string;
  readonly on_max_attempts?: "Pause" | "Kill";
}

/** Something the operator should know about a resource. */
export interface InfoResource {
  readonly code?: string;
  readonly message: string;
}

export interface HandlerResource {
  readonly name: string;
  /** Absent for handlers of plain services. */
  readonly ty?: HandlerType | null;
  readonly documentation?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly public: boolean;
  readonly input_description: string;
  readonly output_description: string;
  readonly input_json_schema?: unknown;
  readonly output_json_schema?: unknown;
  readonly idempotency_retention?: string;
  /** Of the `run` of a workflow. */
  readonly workflow_completion_retention?: string;
  readonly journal_retention?: string;
  readonly inactivity_timeout?: string;
  readonly abort_timeout?: string;
  readonly enable_lazy_state?: boolean;
  readonly retry_policy?: RetryPolicyResource;
  /** Invocations that may run at a time, in all revisions together. */
  readonly concurrency_limit?: number;
  readonly info?: readonly InfoResource[];
}

export interface ServiceResource {
  readonly name: string;
  readonly ty: ServiceType;
  readonly handlers: readonly HandlerResource[];
  readonly documentation?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly deployment_id: string;
  readonly revision: number;
  readonly public: boolean;
  readonly idempotency_retention?: string;
  readonly workflow_completion_retention?: string;
  readonly journal_retention?: string;
  readonly inactivity_timeout?: string;
  readonly abort_timeout?: string;
  readonly enable_lazy_state?: boolean;
  readonly retry_policy?: RetryPolicyResource;
  /** Invocations that may run at a time, in all revisions together. */
  readonly concurrency_limit?: number;
  readonly info?: readonly InfoResource[];
}

/** What to set on a service. What is absent stays as it is. Durations are texts such as `1h 30m`. */
export interface ServiceChange {
  /** Whether the ingress offers it. */
  readonly public?: boolean;
  readonly idempotency_retention?: string;
  /** Workflows only. */
  readonly workflow_completion_retention?: string;
  readonly journal_retention?: string;
  readonly inactivity_timeout?: string;
  readonly abort_timeout?: string;
  readonly retry_policy?: Partial<Omit<RetryPolicyResource, "max_attempts">> & {
    readonly max_attempts?: number;
  };
  /** Of all its handlers together; `null` for no limit. It outlives registrations. */
  readonly concurrency_limit?: number | null;
  /** Limits of single handlers, by their names. */
  readonly handlers?: Readonly<Record<string, { readonly concurrency_limit?: number | null }>>;
}

export interface ServiceRevisionPair {
  readonly name: string;
  readonly revision: number;
}

/** The token that every request to a deployment has. */
export interface DeploymentAuth {
  /** An identity token of Google. */
  readonly GoogleIdToken: {
    /** By default the server's own. */
    readonly impersonate_service_account?: string;
    /** By default the origin of the address. */
    readonly audience?: string;
  };
}

interface DeploymentHead {
  readonly id: string;
  /** `embedded://…` for services that run inside the server's process; absent with `arn`. */
  readonly uri?: string;
  readonly protocol_type?: "BidiStream" | "RequestResponse";
  readonly http_version?: string;
  /** The address of an AWS Lambda function. */
  readonly arn?: string;
  /** The role that invokes it. */
  readonly assume_role_arn?: string;
  /** How bodies to and from it are compressed. */
  readonly compression?: "zstd";
  readonly additional_headers?: Readonly<Record<string, string>>;
  readonly auth?: DeploymentAuth;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly created_at: string;
  readonly min_protocol_version: number;
  readonly max_protocol_version: number;
  readonly sdk_version?: string | null;
  readonly info?: readonly InfoResource[];
}

/** A deployment in a list: its services by name and revision. */
export interface DeploymentResource extends DeploymentHead {
  readonly services: readonly ServiceRevisionPair[];
}

/** A deployment with all about its services. */
export interface DeploymentDetails extends DeploymentHead {
  readonly services: readonly ServiceResource[];
}

export interface RegisterDeploymentRequest {
  /** Where the endpoint is; either this or `arn`. */
  readonly uri?: string;
  /** The function of AWS Lambda that is the endpoint, with its version or alias. */
  readonly arn?: string;
  /** The role that invokes it, instead of the server's own. */
  readonly assume_role_arn?: string;
  readonly additional_headers?: Readonly<Record<string, string>>;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly use_http_11?: boolean;
  /** Not with `arn`; `https`, or a private host. */
  readonly auth?: DeploymentAuth;
  /** Discover and overwrite a deployment of the same address; implies `breaking`. */
  readonly force?: boolean;
  /** Allow that the type of a service changes. */
  readonly breaking?: boolean;
  /** Do everything but store it. */
  readonly dry_run?: boolean;
}

export interface RegisterDeploymentResponse {
  readonly id: string;
  readonly services: readonly ServiceResource[];
  readonly min_protocol_version: number;
  readonly max_protocol_version: number;
  readonly sdk_version?: string | null;
  readonly info?: readonly InfoResource[];
}

/** What a registration did, or would do. */
export interface Registration {
  /** `false` if the address was known: then nothing was changed unless it was forced. */
  readonly created: boolean;
  readonly deployment: RegisterDeploymentResponse;
}

export interface UpdateDeploymentRequest {
  readonly uri?: string;
  readonly arn?: string;
  readonly assume_role_arn?: string;
  /** Replaces all of them. */
  readonly additional_headers?: Readonly<Record<string, string>>;
  readonly use_http_11?: boolean;
  /** Not with `arn`; `https`, or a private host. */
  readonly auth?: DeploymentAuth;
  /** Replace the definitions of the services too, their revisions staying. */
  readonly overwrite?: boolean;
  readonly dry_run?: boolean;
}
