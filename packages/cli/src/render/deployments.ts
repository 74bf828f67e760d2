/** Deployments as text. */
import type {
  DeploymentDetails,
  DeploymentResource,
  RegisterDeploymentResponse,
  ServiceResource,
} from "@rejoin/client";
import type { Usage } from "../commands/deployments/usage.ts";
import type { Colours } from "./colours.ts";
import { addressOf, protocolOf } from "./deployment-address.ts";
import { formatHandlers, typeName } from "./services.ts";
import { formatFields, formatTable, indent } from "./table.ts";
import { formatInstant } from "./time.ts";

/** `usages` are those of the deployments, or none. */
export function renderDeploymentList(
  deployments: readonly DeploymentResource[],
  usages: readonly Usage[],
  colours: Colours,
): string {
  const rows = deployments.map((deployment, index) => [
    deployment.id,
    ...usageCells(usages[index]),
    addressOf(deployment),
    protocolOf(deployment),
    formatInstant(deployment.created_at),
    deployment.services.map(({ name, revision }) => `${name} (${revision})`).join(", "),
  ]);
  const extra = usages.length === 0 ? [] : ["STATUS", "INVOCATIONS"];
  const head = ["ID", ...extra, "ADDRESS", "PROTOCOL", "CREATED", "SERVICES"];
  return formatTable(head, rows, colours);
}

function usageCells(usage: Usage | undefined): readonly (string | number)[] {
  return usage === undefined ? [] : [usage.status, usage.activeInvocations ?? "?"];
}

export interface DeploymentContext {
  /** The newest revision of each service: others are marked as replaced. */
  readonly latest: ReadonlyMap<string, ServiceResource>;
  readonly usage?: Usage | undefined;
}

export function renderDeployment(
  deployment: DeploymentDetails,
  { latest, usage }: DeploymentContext,
  colours: Colours,
): string {
  const { min_protocol_version: min, max_protocol_version: max } = deployment;
  const fields = formatFields(
    [
      ["id", deployment.id],
      ["status", usage && describeUsage(usage)],
      ["address", addressOf(deployment)],
      ["protocol", protocolOf(deployment)],
      ["protocol versions", min === max ? min : `${min} to ${max}`],
      ["created", formatInstant(deployment.created_at)],
      ["sdk", deployment.sdk_version ?? undefined],
      ["headers", formatNames(deployment.additional_headers)],
      ["token", describeToken(deployment)],
      ["metadata", formatPairs(deployment.metadata)],
      ...(deployment.info ?? []).map(({ message }) => ["note", message] as const),
    ],
    colours,
  );
  const services = deployment.services.map((service) => {
    const newest = latest.get(service.name);
    const isReplaced = newest !== undefined && newest.revision > service.revision;
    const note = isReplaced ? `, replaced by revision ${newest.revision}` : "";
    const head = `${colours.bold(service.name)} (${typeName(service.ty)}, revision ${service.revision}${note})`;
    return `\n${head}\n${indent(formatHandlers(service.handlers, colours))}`;
  });
  return fields + services.join("");
}

/** `of Google, for https://orders.run.app, of invoker@shop.iam.gserviceaccount.com` */
function describeToken({ auth }: DeploymentDetails): string | undefined {
  if (auth === undefined) return undefined;
  const { audience, impersonate_service_account: account } = auth.GoogleIdToken;
  const parts = ["of Google", audience && `for ${audience}`, account && `of ${account}`];
  return parts.filter(Boolean).join(", ");
}

/** `active, 3 invocations have begun here`. */
export function describeUsage({ status, activeInvocations }: Usage): string {
  if (activeInvocations === undefined) return `${status}: the server cannot count its invocations`;
  const noun = activeInvocations === 1 ? "invocation has" : "invocations have";
  return `${status}, ${activeInvocations} ${noun} begun here and not ended`;
}

/** What a registration ends with. */
export function renderRegistered(deployment: RegisterDeploymentResponse, colours: Colours): string {
  const rows = deployment.services.map(({ name, revision }) => [name, revision]);
  const notes = [deployment.info ?? [], ...deployment.services.map(({ info }) => info ?? [])];
  const lines = notes.flat().map(({ code, message }) => `note: ${code ?? ""} ${message}\n`);
  const head = `${colours.green("registered")} ${deployment.id}\n`;
  return head + indent(formatTable(["SERVICE", "REVISION"], rows, colours)) + lines.join("");
}

function formatPairs(pairs: Readonly<Record<string, string>> = {}): string | undefined {
  const texts = Object.entries(pairs).map(([name, value]) => `${name}=${value}`);
  return texts.length === 0 ? undefined : texts.join(", ");
}

/** The values may be secrets, and a terminal has spectators. */
function formatNames(headers: Readonly<Record<string, string>> = {}): string | undefined {
  const names = Object.keys(headers);
  return names.length === 0 ? undefined : names.join(", ");
}
