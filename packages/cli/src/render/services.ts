/** Services and their handlers as text. */
import type {
  DeploymentResource,
  HandlerResource,
  ServiceResource,
  ServiceType,
} from "@rejoin/client";
import type { Colours } from "./colours.ts";
import { addressOf } from "./deployment-address.ts";
import { formatFields, formatTable, indent } from "./table.ts";
import { formatInstant } from "./time.ts";

const TYPE_NAMES: Readonly<Record<ServiceType, string>> = {
  Service: "service",
  VirtualObject: "virtual object",
  Workflow: "workflow",
};

/** The type of a service in words. */
export function typeName(type: ServiceType): string {
  return TYPE_NAMES[type] ?? type;
}

export function renderServiceList(services: readonly ServiceResource[], colours: Colours): string {
  const rows = services.map((service) => [
    service.name,
    typeName(service.ty),
    service.revision,
    service.public ? "yes" : "no",
    service.deployment_id,
    service.handlers.map((handler) => handler.name).join(", "),
  ]);
  const head = ["NAME", "TYPE", "REVISION", "PUBLIC", "DEPLOYMENT", "HANDLERS"];
  return formatTable(head, rows, colours);
}

/** One line for each handler. */
export function formatHandlers(handlers: readonly HandlerResource[], colours: Colours): string {
  const rows = handlers.map((handler) => [
    handler.name,
    handler.ty?.toLowerCase() ?? "",
    handler.input_description,
    handler.output_description,
    handler.public ? "" : "private",
  ]);
  return formatTable(["HANDLER", "TYPE", "INPUT", "OUTPUT", ""], rows, colours);
}

/** `deployments` tell where older revisions are. */
export function renderService(
  service: ServiceResource,
  deployments: readonly DeploymentResource[],
  colours: Colours,
): string {
  const own = deployments.find(({ id }) => id === service.deployment_id);
  const at = own === undefined ? "" : ` at ${addressOf(own)}`;
  const fields = formatFields(
    [
      ["name", service.name],
      ["type", typeName(service.ty)],
      ["revision", service.revision],
      ["deployment", `${service.deployment_id}${at}`],
      ["public", service.public ? "yes" : "no"],
      ["documentation", service.documentation],
      ...optionFields(service),
      ...(service.info ?? []).map(({ message }) => ["note", message] as const),
    ],
    colours,
  );
  const older = olderRevisions(service, deployments, colours);
  return `${fields}\n${formatHandlers(service.handlers, colours)}${older}`;
}

function optionFields(service: ServiceResource): (readonly [string, string | undefined])[] {
  const { retry_policy: retry } = service;
  const attempts = retry?.max_attempts ?? "any number of";
  const delays = `${retry?.initial_interval} × ${retry?.exponentiation_factor} up to ${retry?.max_interval}`;
  return [
    ["inactivity timeout", service.inactivity_timeout],
    ["abort timeout", service.abort_timeout],
    ["idempotency retention", service.idempotency_retention],
    ["workflow retention", service.workflow_completion_retention],
    ["journal retention", service.journal_retention],
    [
      "retries",
      retry && `${attempts} attempts, ${delays}, then ${retry.on_max_attempts?.toLowerCase()}`,
    ],
  ];
}

function olderRevisions(
  service: ServiceResource,
  deployments: readonly DeploymentResource[],
  colours: Colours,
): string {
  const rows = deployments
    .flatMap((deployment) =>
      deployment.services
        .filter(({ name, revision }) => name === service.name && revision < service.revision)
        .map(({ revision }) => ({ revision, deployment })),
    )
    .sort((a, b) => b.revision - a.revision)
    .map(({ revision, deployment }) => [
      revision,
      deployment.id,
      addressOf(deployment),
      formatInstant(deployment.created_at),
    ]);
  if (rows.length === 0) return "";
  const head = ["REVISION", "DEPLOYMENT", "ADDRESS", "CREATED"];
  return `\n${colours.bold("older revisions")}\n${indent(formatTable(head, rows, colours))}`;
}
