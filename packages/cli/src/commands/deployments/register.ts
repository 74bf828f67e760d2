/** `rejoin deployments register` */
import type {
  AdminClient,
  DeploymentDetails,
  RegisterDeploymentRequest,
  Registration,
} from "@rejoin/client";
import { ClientError } from "@rejoin/client";
import type { Command } from "commander";
import type { Cli } from "../../cli.ts";
import { declined, usageError } from "../../cli-error.ts";
import { hasCredentials, toUrl } from "../../connection.ts";
import { renderChanges } from "../../render/changes.ts";
import { renderRegistered } from "../../render/deployments.ts";
import { findChanges, type ServiceChange } from "./changes.ts";
import { collectPairs, type Pairs } from "./pairs.ts";

interface RegisterOptions {
  readonly force?: boolean;
  readonly breaking?: boolean;
  /** Commander's name for `--use-http1.1`. */
  readonly "useHttp1.1"?: boolean;
  readonly assumeRoleArn?: string;
  readonly extraHeader?: Pairs;
  readonly metadata?: Pairs;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

const HELP = `
The server asks the endpoint what it serves; then this shows what changes, and asks. New code
belongs at a new address, so that what is in flight ends on the code that it began with. While
developing, --force overwrites what is registered at the same address.

Examples:
  rejoin deployments register http://localhost:9080
  rejoin deployments register localhost:9080 --force --yes
  rejoin deployments register https://orders-v2.internal --metadata team=orders --dry-run
  rejoin deployments register arn:aws:lambda:eu-central-1:123456789012:function:orders:1`;

export function addRegisterDeployment(parent: Command, cli: Cli): void {
  parent
    .command("register")
    .alias("add")
    .summary("register the services of an endpoint")
    .description("Register the services that an endpoint serves, or a new revision of them.")
    .argument(
      "<url>",
      "where the server reaches the endpoint; http:// may be left out; or the ARN of a function",
    )
    .option("--force", "overwrite the deployment at this address; implies --breaking")
    .option("--breaking", "allow that the type of a service changes")
    .option("--use-http1.1", "speak HTTP/1.1 to it, not HTTP/2")
    .option("--assume-role-arn <arn>", "the role that invokes the function at AWS Lambda")
    .option("--extra-header <name=value>", "sent to it with each request; repeatable", collectPairs)
    .option("--metadata <name=value>", "kept with the deployment; repeatable", collectPairs)
    .option("--dry-run", "show what would change, and change nothing")
    .option("-y, --yes", "do not ask")
    .option("--json", "print JSON")
    .addHelpText("after", HELP)
    .action((url: string, options: RegisterOptions) => register(cli, url, options));
}

interface Preview {
  readonly registration: Registration;
  readonly changes: readonly ServiceChange[];
  /** The deployment at that address, if there is one. */
  readonly existing: DeploymentDetails | undefined;
}

async function register(cli: Cli, url: string, options: RegisterOptions): Promise<void> {
  const request = toRequest(url, options);
  const preview = await fetchPreview(cli.admin, request);
  const isUnchanged = preview.existing !== undefined && options.force !== true;
  if (isUnchanged) return reportUnchanged(cli, preview, options);
  showPreview(cli, preview, options);
  if (options.dryRun === true) return report(cli, preview, options);
  if (preview.existing !== undefined) {
    cli.note(
      `warning: this replaces the code of deployment ${preview.existing.id}; what is in flight ` +
        "there goes on with the new code and fails if it does not fit its journal",
    );
  }
  if (!(await cli.confirm("Register this?", options))) throw declined();
  report(cli, { ...preview, registration: await cli.admin.registerDeployment(request) }, options);
}

function toRequest(url: string, options: RegisterOptions): RegisterDeploymentRequest {
  return {
    ...placeOf(url, options),
    ...(options.force === true ? { force: true } : {}),
    ...(options.breaking === true ? { breaking: true } : {}),
    ...(options["useHttp1.1"] === true ? { use_http_11: true } : {}),
    ...(options.extraHeader === undefined ? {} : { additional_headers: options.extraHeader }),
    ...(options.metadata === undefined ? {} : { metadata: options.metadata }),
  };
}

type Place = Pick<RegisterDeploymentRequest, "uri" | "arn" | "assume_role_arn">;

function placeOf(url: string, { assumeRoleArn }: RegisterOptions): Place {
  if (url.startsWith("arn:")) {
    return {
      arn: url,
      ...(assumeRoleArn === undefined ? {} : { assume_role_arn: assumeRoleArn }),
    };
  }
  if (assumeRoleArn !== undefined) {
    throw usageError("--assume-role-arn goes with the ARN of a function", "leave it out");
  }
  if (hasCredentials(toUrl(url))) {
    throw usageError(
      "the URL has a user or a password in it",
      "leave it out and say --extra-header authorization=…, or take request identity",
    );
  }
  const uri = /^\d+$/.test(url) ? `http://localhost:${url}` : toUrl(url);
  if (!URL.canParse(uri)) {
    throw usageError(`${JSON.stringify(url)} is no URL`, "write it as http://host:port");
  }
  return { uri };
}

async function fetchPreview(
  admin: AdminClient,
  request: RegisterDeploymentRequest,
): Promise<Preview> {
  const registration = await admin.registerDeployment({ ...request, dry_run: true });
  const [current, existing] = await Promise.all([
    admin.listServices(),
    registration.created ? undefined : findDeployment(admin, registration.deployment.id),
  ]);
  const { services } = registration.deployment;
  const overwritten = existing?.services ?? [];
  return {
    registration,
    existing,
    changes: findChanges({ next: services, current, overwritten }),
  };
}

async function findDeployment(
  admin: AdminClient,
  id: string,
): Promise<DeploymentDetails | undefined> {
  try {
    return await admin.getDeployment(id);
  } catch (error) {
    if (error instanceof ClientError && error.status === 404) return undefined;
    throw error;
  }
}

function reportUnchanged(cli: Cli, preview: Preview, options: RegisterOptions): void {
  if (options.json === true) return cli.printJson(toJson(preview, options, "unchanged"));
  const { id } = preview.registration.deployment;
  cli.note(`this address is registered already, as ${id}: nothing was changed`);
  cli.note("hint: register new code at a new address; while developing, --force overwrites this");
}

/** In the way of the answer, but no data: with `--json` it goes to the person only. */
function showPreview(cli: Cli, { changes }: Preview, options: RegisterOptions): void {
  if (options.json === true) {
    if (options.dryRun !== true) cli.note(renderChanges(changes, cli.noteColours));
  } else {
    cli.print(renderChanges(changes, cli.colours));
  }
}

function report(cli: Cli, preview: Preview, options: RegisterOptions): void {
  const outcome = preview.existing === undefined ? "created" : "overwritten";
  if (options.json === true) return cli.printJson(toJson(preview, options, outcome));
  if (options.dryRun === true) return cli.note("a dry run: nothing was changed");
  cli.print(renderRegistered(preview.registration.deployment, cli.colours));
}

function toJson(
  { registration, changes }: Preview,
  { dryRun = false }: RegisterOptions,
  outcome: "created" | "overwritten" | "unchanged",
): unknown {
  const { deployment } = registration;
  const summary = outcome === "unchanged" ? [] : changes.map(toJsonChange);
  return { id: deployment.id, outcome, dry_run: dryRun, changes: summary, deployment };
}

function toJsonChange(change: ServiceChange): unknown {
  const { service } = change;
  const common = { change: change.change, service: service.name, type: service.ty };
  if (change.change !== "updated") {
    const handlers = service.handlers.map((handler) => handler.name);
    return { ...common, revision: service.revision, handlers };
  }
  const handlers = change.handlers.map(({ change: what, handler }) => ({
    change: what,
    name: handler.name,
  }));
  const { before } = change;
  return {
    ...common,
    previous: { revision: before.revision, deployment_id: before.deployment_id, type: before.ty },
    revision: service.revision,
    handlers,
  };
}
