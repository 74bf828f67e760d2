/**
 * The discovery manifest: what an endpoint says about itself and its services. All durations are
 * milliseconds. Absent options mean the server's defaults.
 */

/** Whether streams flow both ways at once, or the answer follows the request. */
export type ProtocolMode = "BIDI_STREAM" | "REQUEST_RESPONSE";
/** Stateless; keyed with state; keyed and run once. */
export type ServiceType = "SERVICE" | "VIRTUAL_OBJECT" | "WORKFLOW";
/** A workflow's run; alone on its key; beside others on its key. */
export type HandlerType = "WORKFLOW" | "EXCLUSIVE" | "SHARED";
/** What happens to an invocation whose attempts are used up. */
export type OnMaxAttempts = "PAUSE" | "KILL";

/** The whole document. */
export interface EndpointManifest {
  readonly protocolMode: ProtocolMode;
  readonly minProtocolVersion: number;
  readonly maxProtocolVersion: number;
  readonly services: readonly ServiceManifest[];
  /** How bodies may be compressed; AWS Lambda only. */
  readonly lambdaCompression?: "zstd";
}

/** What services and handlers may both say. */
export interface ManifestOptions {
  readonly documentation?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly inactivityTimeout?: number;
  readonly abortTimeout?: number;
  readonly journalRetention?: number;
  readonly idempotencyRetention?: number;
  /** Whether a Start carries no state. */
  readonly enableLazyState?: boolean;
  /** Whether the ingress does not offer it. */
  readonly ingressPrivate?: boolean;
  readonly retryPolicyInitialInterval?: number;
  readonly retryPolicyMaxInterval?: number;
  /** Counts the first attempt; 0 means 1. */
  readonly retryPolicyMaxAttempts?: number;
  readonly retryPolicyExponentiationFactor?: number;
  readonly retryPolicyOnMaxAttempts?: OnMaxAttempts;
}

/** A service; its name matches `^([a-zA-Z]|_[a-zA-Z0-9])[a-zA-Z0-9._-]*$`. */
export interface ServiceManifest extends ManifestOptions {
  readonly name: string;
  readonly ty: ServiceType;
  readonly handlers: readonly HandlerManifest[];
}

/** A handler; its name matches `^([a-zA-Z]|_[a-zA-Z0-9])[a-zA-Z0-9_]*$`. */
export interface HandlerManifest extends ManifestOptions {
  readonly name: string;
  /** See {@link handlerTypeOf} for what its absence means. */
  readonly ty?: HandlerType;
  readonly input?: InputManifest;
  readonly output?: OutputManifest;
  /** Workflow handlers only. */
  readonly workflowCompletionRetention?: number;
}

/** Which bodies a handler takes. */
export interface InputManifest {
  /** By default false. */
  readonly required?: boolean;
  /** A content type, or a range such as `text/*`; its absence means that no body is allowed. */
  readonly contentType?: string;
  readonly jsonSchema?: unknown;
}

/** What a handler answers with. */
export interface OutputManifest {
  /** Its absence means that responses have no content type. */
  readonly contentType?: string;
  /** By default false. */
  readonly setContentTypeIfEmpty?: boolean;
  readonly jsonSchema?: unknown;
}

/** What holds for a handler that does not describe its input. */
export const DEFAULT_INPUT: InputManifest = { required: false, contentType: "*/*" };
/** What holds for a handler that does not describe its output. */
export const DEFAULT_OUTPUT: OutputManifest = {
  contentType: "application/json",
  setContentTypeIfEmpty: false,
};

/** Which handler types a service type allows; the first is what an absent `ty` means. */
const HANDLER_TYPES: Readonly<Record<ServiceType, readonly HandlerType[]>> = {
  SERVICE: ["SHARED"],
  VIRTUAL_OBJECT: ["EXCLUSIVE", "SHARED"],
  WORKFLOW: ["SHARED", "WORKFLOW"],
};

/** What `handlerType` means in a service of `serviceType`; undefined when it is not allowed. */
export function handlerTypeOf(
  serviceType: ServiceType,
  handlerType: HandlerType | undefined,
): HandlerType | undefined {
  const allowed = HANDLER_TYPES[serviceType];
  return handlerType === undefined ? allowed[0] : allowed.find((type) => type === handlerType);
}
