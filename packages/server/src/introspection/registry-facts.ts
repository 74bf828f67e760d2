/** What the registry says, as the tables show it. */
import { aliasOf } from "../registry/deployment-id.ts";
import type { DeploymentAddress } from "../registry/document.ts";
import type { RegistrySnapshot } from "../registry/snapshot.ts";
import type { RegistryFacts } from "./mirror/messages.ts";

const TYPES = {
  service: "service",
  virtualObject: "virtual_object",
  workflow: "workflow",
} as const;

export function toRegistryFacts(snapshot: RegistrySnapshot): RegistryFacts {
  return {
    services: snapshot.services.map((view) => ({
      name: view.name,
      revision: view.revision,
      isPublic: view.settings.public,
      type: TYPES[view.kind],
      deploymentId: aliasOf(view.deploymentId),
      sharedHandlers: [...view.handlers]
        .filter(([, { kind }]) => kind === "shared")
        .map(([name]) => name),
    })),
    deployments: snapshot.deployments.map((record) => ({
      id: aliasOf(record.id),
      type: record.address.kind === "lambda" ? "lambda" : "http",
      endpoint: endpointOf(record.address),
      createdAt: record.createdAt,
      minProtocolVersion: record.minProtocolVersion,
      maxProtocolVersion: record.maxProtocolVersion,
      services: record.services.map(({ manifest }) => manifest.name),
    })),
    rules: snapshot.rules.all.map((rule) => ({
      pattern: rule.pattern,
      concurrency: rule.concurrency,
      description: rule.description,
      disabled: rule.disabled,
      version: rule.version,
      lastModifiedAt: rule.modifiedAt,
    })),
  };
}

function endpointOf(address: DeploymentAddress): string {
  switch (address.kind) {
    case "embedded":
      return `embedded://${encodeURIComponent(address.name)}/`;
    case "http":
      return address.uri;
    case "lambda":
      return address.arn;
  }
}
