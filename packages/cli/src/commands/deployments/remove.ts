/** `rejoin deployments remove` */
import type { AdminClient, DeploymentDetails, ServiceResource } from "@rejoin/client";
import type { Command } from "commander";
import type { Cli } from "../../cli.ts";
import { CliError } from "../../cli-error.ts";
import { addressOf } from "../../render/deployment-address.ts";

interface RemoveOptions {
  readonly force?: boolean;
  readonly yes?: boolean;
}

const HELP = `
Invocations that have begun on a deployment need it until they complete: list them with
\`rejoin invocations list\` before you take it away.

Examples:
  rejoin deployments remove dp_17sztQp4gnEC1L0OCFM9aEh
  rejoin deployments remove dp_17sztQp4gnEC1L0OCFM9aEh --force --yes`;

export function addRemoveDeployment(parent: Command, cli: Cli): void {
  parent
    .command("remove")
    .alias("rm")
    .summary("remove a deployment")
    .description("Remove a deployment from the server; the code that runs there is not touched.")
    .argument("<id>", "the deployment's id")
    .option("--force", "also if it still serves new calls, or invocations need it")
    .option("-y, --yes", "do not ask")
    .addHelpText("after", HELP)
    .action((id: string, options: RemoveOptions) => remove(cli, id, options));
}

async function remove(cli: Cli, id: string, options: RemoveOptions): Promise<void> {
  const { admin } = cli;
  const deployment = await admin.getDeployment(id);
  cli.note(`deployment ${id} at ${addressOf(deployment)}`);
  for (const line of await consequences(admin, deployment)) cli.note(`  ${line}`);
  if (!(await cli.confirm("Remove it?", options))) throw new CliError("nothing was changed");
  await admin.removeDeployment(id, { force: options.force === true });
  cli.note(`removed ${id}`);
}

/** What becomes of each service that the deployment is the newest home of. */
async function consequences(
  admin: AdminClient,
  deployment: DeploymentDetails,
): Promise<readonly string[]> {
  const services = await admin.listServices();
  const here = services.filter((service) => service.deployment_id === deployment.id);
  if (here.length === 0) return ["no service takes new calls here any more"];
  return here.map((service: ServiceResource) => `${service.name} takes new calls here`);
}
