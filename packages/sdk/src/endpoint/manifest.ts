/** The discovery manifest of an endpoint, from its definitions. */
import {
  type Duration,
  type EndpointManifest,
  type HandlerManifest,
  type HandlerType,
  type InputManifest,
  type ManifestOptions,
  type OutputManifest,
  type Serde,
  type ServiceManifest,
  type ServiceType,
  toMillis,
} from "@rejoin/protocol";
import type { Definition } from "../definitions/definition.ts";
import type { HandlerKind, WrappedHandler } from "../definitions/handler.ts";
import type { AnyServiceOptions, ObjectHandlerOpts } from "../definitions/options.ts";
import type { ServiceKind } from "../definitions/types.ts";
import { json } from "../serde/namespace.ts";
import { toDefinitions } from "./bind.ts";
import type { EndpointOptions } from "./options.ts";

const MIN_PROTOCOL_VERSION = 5;
const MAX_PROTOCOL_VERSION = 7;
const PREVIEW_METADATA_PREFIX = "dev.restate.serde.preview.";

type HandlerOpts = ObjectHandlerOpts<unknown, unknown>;

const SERVICE_TYPES: Readonly<Record<ServiceKind, ServiceType>> = {
  service: "SERVICE",
  object: "VIRTUAL_OBJECT",
  workflow: "WORKFLOW",
};

/** Handlers of services say nothing. */
const HANDLER_TYPES: Readonly<Record<HandlerKind, HandlerType | undefined>> = {
  service: undefined,
  exclusive: "EXCLUSIVE",
  shared: "SHARED",
  workflow: "WORKFLOW",
};

export function createManifest(options: EndpointOptions): EndpointManifest {
  return {
    protocolMode: "BIDI_STREAM",
    minProtocolVersion: MIN_PROTOCOL_VERSION,
    maxProtocolVersion: MAX_PROTOCOL_VERSION,
    services: toDefinitions(options).map((definition) =>
      toServiceManifest(definition, options.defaultServiceOptions),
    ),
  };
}

function toServiceManifest(
  definition: Definition,
  defaults: AnyServiceOptions | undefined,
): ServiceManifest {
  const options: AnyServiceOptions = { ...defaults, ...definition.options };
  const metadata = { ...definition.metadata, ...previewMetadata(definition, options) };
  return withoutAbsent<ServiceManifest>({
    name: definition.name,
    ty: SERVICE_TYPES[definition.kind],
    handlers: [...definition.handlers].map(([name, handler]) =>
      toHandlerManifest(name, handler, options),
    ),
    documentation: definition.description,
    metadata: Object.keys(metadata).length === 0 ? undefined : metadata,
    ...toManifestOptions(options),
    // Services have no state.
    enableLazyState: definition.kind === "service" ? undefined : options.enableLazyState,
  });
}

function toHandlerManifest(
  name: string,
  { kind, options }: WrappedHandler,
  service: AnyServiceOptions,
): HandlerManifest {
  const defaultSerde: Serde<unknown> = options?.serde ?? service.serde ?? json;
  return withoutAbsent<HandlerManifest>({
    name,
    ty: HANDLER_TYPES[kind],
    input: toInput(options?.input ?? defaultSerde, options),
    output: toOutput(options?.output ?? defaultSerde, options),
    documentation: options?.description,
    metadata: options?.metadata,
    ...toManifestOptions(options ?? {}),
    enableLazyState: options?.enableLazyState,
    workflowCompletionRetention:
      kind === "workflow" ? millisOf(service.workflowRetention) : undefined,
  });
}

function toInput(serde: Serde<unknown>, options: HandlerOpts | undefined): InputManifest {
  const contentType = options?.accept ?? serde.contentType;
  if (contentType === undefined && serde.jsonSchema === undefined) return {};
  return withoutAbsent<InputManifest>({
    required: false,
    contentType,
    jsonSchema: serde.jsonSchema,
  });
}

function toOutput(serde: Serde<unknown>, options: HandlerOpts | undefined): OutputManifest {
  const hasSchema = serde.jsonSchema !== undefined;
  return withoutAbsent<OutputManifest>({
    setContentTypeIfEmpty: options?.setOutputContentTypeIfEmpty ?? false,
    contentType: serde.contentType ?? (hasSchema ? "application/json" : undefined),
    jsonSchema: serde.jsonSchema,
  });
}

function toManifestOptions(options: AnyServiceOptions): Absent<ManifestOptions> {
  const { retryPolicy } = options;
  const onMaxAttempts = retryPolicy?.onMaxAttempts;
  return {
    inactivityTimeout: millisOf(options.inactivityTimeout),
    abortTimeout: millisOf(options.abortTimeout),
    journalRetention: millisOf(options.journalRetention),
    idempotencyRetention: millisOf(options.idempotencyRetention),
    ingressPrivate: options.ingressPrivate,
    retryPolicyInitialInterval: millisOf(retryPolicy?.initialInterval),
    retryPolicyMaxInterval: millisOf(retryPolicy?.maxInterval),
    retryPolicyMaxAttempts: retryPolicy?.maxAttempts,
    retryPolicyExponentiationFactor: retryPolicy?.exponentiationFactor,
    retryPolicyOnMaxAttempts:
      onMaxAttempts === undefined ? undefined : onMaxAttempts === "kill" ? "KILL" : "PAUSE",
  };
}

/** Which payloads operators' tools can show with the user's own text form. */
function previewMetadata(
  definition: Definition,
  service: AnyServiceOptions,
): Record<string, string> {
  const metadata: Record<string, string> = {};
  for (const [name, { options }] of definition.handlers) {
    const defaultSerde: Serde<unknown> = options?.serde ?? service.serde ?? json;
    const serdes = {
      input: options?.input ?? defaultSerde,
      output: options?.output ?? defaultSerde,
    };
    for (const [part, serde] of Object.entries(serdes)) {
      if (serde.preview !== undefined)
        metadata[`${PREVIEW_METADATA_PREFIX}${name}/${part}`] = "true";
    }
  }
  return metadata;
}

/** `T` with fields that may be there and undefined. */
type Absent<T> = { [K in keyof T]: T[K] | undefined };

function withoutAbsent<T extends object>(fields: Absent<T>): T {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as unknown as T;
}

function millisOf(duration: Duration | number | undefined): number | undefined {
  return duration === undefined ? undefined : toMillis(duration);
}
