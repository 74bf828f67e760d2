/** The discovery manifest of an endpoint, from its definitions. */
import type {
  EndpointManifest,
  HandlerManifest,
  InputManifest,
  ManifestOptions,
  OutputManifest,
  ServiceManifest,
} from "@rejoin/protocol";
import type { HandlerDescriptor } from "../definitions/handler.ts";
import type { ServiceHandlerOpts, ServiceOptions } from "../definitions/options.ts";
import type { Definition } from "../definitions/service.ts";
import { type Duration, toMillis } from "../duration.ts";
import { json } from "../serde/namespace.ts";
import type { Serde } from "../serde/serde.ts";
import { toDefinitions } from "./bind.ts";
import type { EndpointOptions } from "./options.ts";

const MIN_PROTOCOL_VERSION = 5;
const MAX_PROTOCOL_VERSION = 7;
const PREVIEW_METADATA_PREFIX = "dev.restate.serde.preview.";

type HandlerOpts = ServiceHandlerOpts<unknown, unknown>;

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
  defaults: ServiceOptions | undefined,
): ServiceManifest {
  const options: ServiceOptions = { ...defaults, ...definition.options };
  const metadata = { ...definition.metadata, ...previewMetadata(definition, options) };
  return withoutAbsent<ServiceManifest>({
    name: definition.name,
    ty: "SERVICE",
    handlers: [...definition.handlers].map(([name, handler]) =>
      toHandlerManifest(name, handler, options),
    ),
    documentation: definition.description,
    metadata: Object.keys(metadata).length === 0 ? undefined : metadata,
    ...toManifestOptions(options),
  });
}

function toHandlerManifest(
  name: string,
  { options }: HandlerDescriptor,
  service: ServiceOptions,
): HandlerManifest {
  const defaultSerde: Serde<unknown> = options?.serde ?? service.serde ?? json;
  return withoutAbsent<HandlerManifest>({
    name,
    input: toInput(options?.input ?? defaultSerde, options),
    output: toOutput(options?.output ?? defaultSerde, options),
    documentation: options?.description,
    metadata: options?.metadata,
    ...toManifestOptions(options ?? {}),
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

function toManifestOptions(options: ServiceOptions): Absent<ManifestOptions> {
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
function previewMetadata(definition: Definition, service: ServiceOptions): Record<string, string> {
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
