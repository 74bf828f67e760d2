/** `rejoin status` */
import { type AdminClient, ClientError, type VersionInfo } from "@rejoin/client";
import type { Command } from "commander";
import type { Cli } from "../cli.ts";
import { CliError } from "../cli-error.ts";
import type { Endpoint } from "../connection.ts";
import { formatFields } from "../render/table.ts";
import { CLI_VERSION } from "../version.ts";

const HELP = `
Exits with 1 if the server cannot be reached, so that scripts can wait for it.

Examples:
  rejoin status
  REJOIN_ADMIN_URL=http://rejoin.internal:9070 rejoin status --json`;

export function addStatus(parent: Command, cli: Cli): void {
  parent
    .command("status")
    .alias("whoami")
    .summary("show which server is used, and whether it is up")
    .description("Show which server is used and why, whether it is up, and what is registered.")
    .option("--json", "print JSON")
    .addHelpText("after", HELP)
    .action((options: { readonly json?: boolean }) => printStatus(cli, options.json === true));
}

type Health =
  | {
      readonly kind: "up";
      readonly version: VersionInfo;
      readonly deploymentCount: number;
      readonly serviceCount: number;
    }
  | { readonly kind: "down"; readonly error: ClientError };

async function printStatus(cli: Cli, json: boolean): Promise<void> {
  const health = await fetchHealth(cli.admin);
  if (json) cli.printJson(toJson(cli, health));
  else cli.print(renderStatus(cli, health));
  if (health.kind === "down") throw health.error;
}

async function fetchHealth(admin: AdminClient): Promise<Health> {
  try {
    await admin.health();
    const version = await admin.version();
    const [deployments, services] = await Promise.all([
      admin.listDeployments(),
      admin.listServices(),
    ]);
    return {
      kind: "up",
      version,
      deploymentCount: deployments.length,
      serviceCount: services.length,
    };
  } catch (error) {
    if (error instanceof ClientError) return { kind: "down", error };
    throw new CliError("the server's state cannot be read", { cause: error });
  }
}

function toJson(cli: Cli, health: Health): unknown {
  const { admin, ingress, environment } = cli.connection;
  const common = {
    cli_version: CLI_VERSION,
    environment,
    admin: { url: admin.url, source: admin.source },
    ingress: { url: ingress.url, source: ingress.source },
    config_file: cli.settings.configFile ?? null,
  };
  if (health.kind === "down") return { ...common, up: false, error: health.error.message };
  return {
    ...common,
    up: true,
    server_version: health.version.version,
    advertised_ingress: health.version.ingress_endpoint ?? null,
    features: health.version.features ?? {},
    deployments: health.deploymentCount,
    services: health.serviceCount,
  };
}

function renderStatus(cli: Cli, health: Health): string {
  const { admin, ingress, environment } = cli.connection;
  const { configFile, dotenvFile, profiles } = cli.settings;
  const { colours } = cli;
  const where = ({ url, source }: Endpoint) => `${url} ${colours.dim(`(${source})`)}`;
  const isUp = health.kind === "up";
  return formatFields(
    [
      ["server", isUp ? colours.green("up") : colours.red("not reachable")],
      ["admin", where(admin)],
      ["ingress", where(ingress)],
      ["advertised ingress", isUp ? health.version.ingress_endpoint : undefined],
      ["environment", `${environment.name} ${colours.dim(`(${environment.source})`)}`],
      ["config file", profiles.size === 0 ? undefined : configFile],
      [".env", dotenvFile],
      ["token", admin.token === undefined ? "none" : "set"],
      ["server version", isUp ? health.version.version : undefined],
      ["cli version", CLI_VERSION],
      ["deployments", isUp ? health.deploymentCount : undefined],
      ["services", isUp ? health.serviceCount : undefined],
    ],
    colours,
  );
}
