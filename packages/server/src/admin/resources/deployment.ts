/** Deployments as the admin API shows them. */
import type { DeploymentAuth } from "../../google/deployment-auth.ts";
import type { DeploymentAddress, DeploymentRecord } from "../../registry/document.ts";
import type { RegistrySnapshot } from "../../registry/snapshot.ts";
import type {
  DeploymentResource,
  DetailedDeploymentResource,
  RegisteredResource,
} from "../schemas/deployment.ts";
import type { ServiceResource } from "../schemas/service.ts";
import { formatInstant } from "../text-formats.ts";
import { defined } from "./defined.ts";
import { toService } from "./service.ts";

/** Gives the form in which ids appear. */
type WriteId = (id: string) => string;

export function toDeployment(record: DeploymentRecord, writeId: WriteId): DeploymentResource {
  return {
    ...toHead(record, writeId),
    services: record.services.map(({ manifest, revision }) => ({ name: manifest.name, revision })),
  };
}

export function toDetailedDeployment(
  record: DeploymentRecord,
  snapshot: RegistrySnapshot,
  writeId: WriteId,
): DetailedDeploymentResource {
  return { ...toHead(record, writeId), services: servicesOf(record, snapshot, writeId) };
}

/** The answer to a registration. */
export function toRegistered(
  record: DeploymentRecord,
  snapshot: RegistrySnapshot,
  writeId: WriteId,
): RegisteredResource {
  return {
    id: writeId(record.id),
    services: servicesOf(record, snapshot, writeId),
    min_protocol_version: record.minProtocolVersion,
    max_protocol_version: record.maxProtocolVersion,
    ...defined({ sdk_version: record.sdkVersion }),
  };
}

function toHead(record: DeploymentRecord, writeId: WriteId): Omit<DeploymentResource, "services"> {
  const { address } = record;
  return {
    id: writeId(record.id),
    ...toConnection(address),
    ...defined({ metadata: record.metadata }),
    created_at: formatInstant(record.createdAt),
    min_protocol_version: record.minProtocolVersion,
    max_protocol_version: record.maxProtocolVersion,
    ...defined({ sdk_version: record.sdkVersion }),
  };
}

type Connection = Pick<
  DeploymentResource,
  | "uri"
  | "protocol_type"
  | "http_version"
  | "arn"
  | "assume_role_arn"
  | "compression"
  | "additional_headers"
  | "auth"
>;

function toConnection(address: DeploymentAddress): Connection {
  if (address.kind === "embedded") {
    // No HTTP is spoken; the fields are those of an endpoint that is always connected.
    const uri = `embedded://${encodeURIComponent(address.name)}/`;
    return { uri, protocol_type: "BidiStream", http_version: "HTTP/2.0" };
  }
  const { additionalHeaders } = address;
  const hasHeaders = Object.keys(additionalHeaders).length > 0;
  const headers = hasHeaders ? { additional_headers: additionalHeaders } : {};
  if (address.kind === "lambda") {
    const { arn, assumeRoleArn, compression } = address;
    return { arn, ...defined({ assume_role_arn: assumeRoleArn, compression }), ...headers };
  }
  const { uri, protocolMode, httpVersion, auth } = address;
  return {
    uri,
    protocol_type: protocolMode === "BIDI_STREAM" ? "BidiStream" : "RequestResponse",
    http_version: httpVersion,
    ...headers,
    ...(auth === undefined ? {} : { auth: toAuth(auth) }),
  };
}

function toAuth(auth: DeploymentAuth): NonNullable<DeploymentResource["auth"]> {
  const { impersonateServiceAccount, audience } = auth;
  return {
    GoogleIdToken: defined({ impersonate_service_account: impersonateServiceAccount, audience }),
  };
}

function servicesOf(
  record: DeploymentRecord,
  snapshot: RegistrySnapshot,
  writeId: WriteId,
): ServiceResource[] {
  return record.services.flatMap(({ manifest }) => {
    const view = snapshot.revisionAt(manifest.name, record.id);
    return view === undefined ? [] : [toService(view, writeId)];
  });
}
