/**
 * Reads and writes the discovery manifest. Reading is strict: a property that is not known anywhere
 * is an error, whatever manifest version the content type names.
 */
import {
  MANIFEST_VERSIONS,
  type ManifestVersion,
  manifestContentType,
  PROTOCOL_VERSIONS,
  parseManifestContentType,
} from "./http.ts";
import {
  type EndpointManifest,
  type HandlerManifest,
  handlerTypeOf,
  type InputManifest,
  type ManifestOptions,
  type OutputManifest,
  type ServiceManifest,
} from "./manifest.ts";
import { ManifestError, type ManifestErrorCode } from "./manifest-error.ts";
import {
  describePlace,
  malformed,
  optional,
  type Place,
  type Properties,
  propertyPlace,
  readAny,
  readArray,
  readBoolean,
  readInteger,
  readNumber,
  readObject,
  readOneOf,
  readPattern,
  readString,
  readStringMap,
  required,
} from "./manifest-reader.ts";

const SERVICE_NAME = /^([a-zA-Z]|_[a-zA-Z0-9])[a-zA-Z0-9._-]*$/;
const HANDLER_NAME = /^([a-zA-Z]|_[a-zA-Z0-9])[a-zA-Z0-9_]*$/;
const RESERVED_PREFIX = "restate";
const RESERVED_NAME = "openapi";
/** `type/subtype`, `type/*` or `*` `/*`, with parameters. */
const CONTENT_RANGE = /^(\*\/\*|[\w!#$%&'+.^`|~-]+\/(\*|[\w!#$%&'+.^`|~-]+))[ \t]*(;[ -~\t]*)?$/;
const HEADER_VALUE = /^[ -~\t]*$/;

const readMillis = readInteger(0, Number.MAX_SAFE_INTEGER);
const readCount = readInteger(0, 0xffff_ffff);
const readVersion = readInteger(1, 0x7fff_ffff);

const INPUT: Properties<InputManifest> = {
  required: optional(1, readBoolean),
  contentType: optional(1, readString),
  jsonSchema: optional(1, readAny),
};

const OUTPUT: Properties<OutputManifest> = {
  contentType: optional(1, readString),
  setContentTypeIfEmpty: optional(1, readBoolean),
  jsonSchema: optional(1, readAny),
};

const OPTIONS: Properties<ManifestOptions> = {
  documentation: optional(2, readString),
  metadata: optional(2, readStringMap),
  inactivityTimeout: optional(3, readMillis),
  abortTimeout: optional(3, readMillis),
  journalRetention: optional(3, readMillis),
  idempotencyRetention: optional(3, readMillis),
  enableLazyState: optional(3, readBoolean),
  ingressPrivate: optional(3, readBoolean),
  retryPolicyInitialInterval: optional(4, readMillis),
  retryPolicyMaxInterval: optional(4, readMillis),
  retryPolicyMaxAttempts: optional(4, readCount),
  retryPolicyExponentiationFactor: optional(4, readNumber),
  retryPolicyOnMaxAttempts: optional(4, readOneOf("PAUSE", "KILL")),
};

const HANDLER: Properties<HandlerManifest> = {
  name: required(1, readPattern(HANDLER_NAME)),
  ty: optional(1, readOneOf("WORKFLOW", "EXCLUSIVE", "SHARED")),
  input: optional(1, readObject(INPUT)),
  output: optional(1, readObject(OUTPUT)),
  workflowCompletionRetention: optional(3, readMillis),
  ...OPTIONS,
};

const SERVICE: Properties<ServiceManifest> = {
  name: required(1, readPattern(SERVICE_NAME)),
  ty: required(1, readOneOf("SERVICE", "VIRTUAL_OBJECT", "WORKFLOW")),
  handlers: required(1, readArray("handler", readObject(HANDLER))),
  ...OPTIONS,
};

const ENDPOINT: Properties<EndpointManifest> = {
  protocolMode: required(1, readOneOf("BIDI_STREAM", "REQUEST_RESPONSE")),
  minProtocolVersion: required(1, readVersion),
  maxProtocolVersion: required(1, readVersion),
  services: required(1, readArray("service", readObject(SERVICE))),
  lambdaCompression: optional(4, readOneOf("zstd")),
};

const ROOT: Place = { path: "", owner: "", property: "" };
const readEndpoint = readObject(ENDPOINT);

/**
 * The manifest in `json`, the parsed body of a discovery response. Of several handlers of one name
 * the last counts. Throws a {@link ManifestError} that names what is wrong and where.
 */
export function parseManifest(json: unknown, contentType: string): EndpointManifest {
  if (parseManifestContentType(contentType) === undefined) {
    const place = propertyPlace(ROOT, "content-type");
    throw malformed(place, `"${contentType}" is not a content type of the manifest`);
  }
  const manifest = readEndpoint(json, ROOT);
  checkProtocolRange(manifest);
  checkServiceNames(manifest.services);
  return {
    ...manifest,
    services: manifest.services.map((service, index) => {
      const path = `services[${index}]`;
      service.handlers.forEach((handler, at) => {
        const owner = `service "${service.name}", handler "${handler.name}"`;
        checkHandler(service, handler, { path: `${path}.handlers[${at}]`, owner, property: "" });
      });
      const handlers = new Map(service.handlers.map((handler) => [handler.name, handler]));
      return { ...service, handlers: [...handlers.values()] };
    }),
  };
}

/**
 * The manifest as JSON text of `version`. Throws a {@link ManifestError} when it has properties that
 * only a later version knows.
 */
export function serializeManifest(
  manifest: EndpointManifest,
  version: ManifestVersion = 4,
): string {
  const [beyond] = propertiesBeyond(manifest, version);
  if (beyond !== undefined) {
    const needed = requiredManifestVersion(manifest);
    throw new ManifestError(
      `${beyond} needs manifest version ${needed}; ${manifestContentType(version)} was asked for`,
      { code: "META0013", path: beyond, status: 500 },
    );
  }
  return JSON.stringify(manifest);
}

/** The oldest manifest version that knows every property of `manifest`. */
export function requiredManifestVersion(manifest: EndpointManifest): ManifestVersion {
  const versions = usedProperties(manifest).map(({ since }) => since);
  return MANIFEST_VERSIONS.findLast((version) => versions.includes(version)) ?? 1;
}

/** The paths of the properties of `manifest` that `version` does not know. */
export function propertiesBeyond(
  manifest: EndpointManifest,
  version: ManifestVersion,
): readonly string[] {
  return usedProperties(manifest)
    .filter(({ since }) => since > version)
    .map(({ path }) => path);
}

interface UsedProperty {
  readonly path: string;
  readonly since: ManifestVersion;
}

function usedProperties(manifest: EndpointManifest): readonly UsedProperty[] {
  return [
    ...used(manifest, ENDPOINT, ""),
    ...manifest.services.flatMap((service, index) => {
      const path = `services[${index}].`;
      const ofHandlers = service.handlers.flatMap((handler, at) =>
        used(handler, HANDLER, `${path}handlers[${at}].`),
      );
      return [...used(service, SERVICE, path), ...ofHandlers];
    }),
  ];
}

function used<T extends object>(
  value: T,
  properties: Properties<T>,
  prefix: string,
): readonly UsedProperty[] {
  return (Object.keys(properties) as (keyof T & string)[])
    .filter((key) => value[key] !== undefined)
    .map((key) => ({ path: prefix + key, since: properties[key].since }));
}

function checkProtocolRange({
  minProtocolVersion: min,
  maxProtocolVersion: max,
}: EndpointManifest) {
  const place = propertyPlace(ROOT, "minProtocolVersion");
  if (min > max) throw malformed(place, `must not exceed maxProtocolVersion ${max}`);
  const known: readonly number[] = PROTOCOL_VERSIONS;
  if (known.some((version) => min <= version && version <= max)) return;
  throw new ManifestError(
    `the endpoint speaks protocol versions ${min} to ${max}, supported are ${known.join(", ")}`,
    { code: "META0012", path: place.path, status: 500 },
  );
}

function checkServiceNames(services: readonly ServiceManifest[]): void {
  const seen = new Set<string>();
  services.forEach(({ name }, index) => {
    const place = { path: `services[${index}].name`, owner: `service "${name}"`, property: "" };
    const lower = name.toLowerCase();
    if (lower.startsWith(RESERVED_PREFIX) || lower === RESERVED_NAME) {
      throw refused(place, "has a reserved name", "META0005");
    }
    if (seen.has(name)) throw refused(place, "is defined twice");
    seen.add(name);
  });
}

function checkHandler(service: ServiceManifest, handler: HandlerManifest, place: Place): void {
  const type = handlerTypeOf(service.ty, handler.ty);
  if (type === undefined) {
    const problem = `${handler.ty} is not possible in a ${service.ty}`;
    throw refused(propertyPlace(place, "ty"), problem);
  }
  const isWorkflow = type === "WORKFLOW";
  if (!isWorkflow && handler.workflowCompletionRetention !== undefined) {
    const at = propertyPlace(place, "workflowCompletionRetention");
    throw refused(at, "is for WORKFLOW handlers only");
  }
  if (isWorkflow && handler.idempotencyRetention !== undefined) {
    const at = propertyPlace(place, "idempotencyRetention");
    throw refused(at, "is not possible for WORKFLOW handlers");
  }
  if (service.ingressPrivate === true && handler.ingressPrivate === false) {
    throw refused(propertyPlace(place, "ingressPrivate"), "cannot be false in a private service");
  }
  checkContentTypes(handler, place);
}

function checkContentTypes({ input, output }: HandlerManifest, place: Place): void {
  if (input?.contentType !== undefined && !CONTENT_RANGE.test(input.contentType)) {
    const at = propertyPlace(propertyPlace(place, "input"), "contentType");
    throw refused(at, `"${input.contentType}" is not a content type or a range of one type`);
  }
  if (output?.contentType !== undefined && !HEADER_VALUE.test(output.contentType)) {
    const at = propertyPlace(propertyPlace(place, "output"), "contentType");
    throw refused(at, "is not a header value");
  }
}

/** Definitions that are well-formed but not allowed. */
function refused(
  place: Place,
  problem: string,
  code: ManifestErrorCode = "META0013",
): ManifestError {
  return new ManifestError(`${describePlace(place)} ${problem}`, {
    code,
    path: place.path,
    status: 400,
  });
}
