/** `rejoin deployments remove` */
import type { Command } from "commander";
import type { Cli } from "../../cli.ts";
import { declined } from "../../cli-error.ts";
import { addressOf } from "../../render/deployment-address.ts";
import { describeUsage } from "../../render/deployments.ts";
import { fetchUsage } from "./usage.ts";

interface RemoveOptions {
  readonly force?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

const HELP = `
Invocations that have begun on a deployment need it until they complete, and the newest revision of a
service takes new calls: without either it is drained, and goes; else only --force removes it.
\`rejoin invocations list --active --deployment <id>\` lists them.

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
    .option("--json", "print JSON")
    .addHelpText("after", HELP)
    .action((id: string, options: RemoveOptions) => remove(cli, id, options));
}

async function remove(cli: Cli, id: string, options: RemoveOptions): Promise<void> {
  const { admin } = cli;
  const deployment = await admin.getDeployment(id);
  const usage = await fetchUsage(admin, id, await admin.listServices());
  cli.note(`deployment ${id} at ${addressOf(deployment)}: ${describeUsage(usage)}`);
  for (const name of usage.takesCallsOf) cli.note(`  ${name} takes new calls here`);
  if (!(await cli.confirm("Remove it?", options))) throw declined();
  // The server cannot tell by itself that nothing needs it, and removes nothing without force.
  const force = options.force === true || usage.status === "drained";
  await admin.removeDeployment(id, { force });
  if (options.json === true) return cli.printJson({ id, removed: true });
  cli.note(`removed ${id}`);
}
