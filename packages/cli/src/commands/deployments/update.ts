/** `rejoin deployments update` */
import type { UpdateDeploymentRequest } from "@rejoin/client";
import type { Command } from "commander";
import type { Cli } from "../../cli.ts";
import { declined, usageError } from "../../cli-error.ts";
import { toUrl } from "../../connection.ts";
import { addressOf } from "../../render/deployment-address.ts";
import { renderDeployment } from "../../render/deployments.ts";
import { collectPairs, type Pairs } from "./pairs.ts";

interface UpdateOptions {
  readonly uri?: string;
  readonly extraHeader?: Pairs;
  /** Commander's name for `--use-http1.1`. */
  readonly "useHttp1.1"?: boolean;
  readonly overwrite?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

const HELP = `
What is in flight on the deployment goes on at the new address, so the code there must be the same.
For new code, register it as a deployment of its own.

Examples:
  rejoin deployments update dp_17sztQp4gnEC1L0OCFM9aEh --uri http://new-host:9080
  rejoin deployments update embedded:main --uri http://localhost:9080 --yes`;

export function addUpdateDeployment(parent: Command, cli: Cli): void {
  parent
    .command("update")
    .summary("change a deployment's address or headers")
    .description("Change the address of a deployment, or the headers that are sent to it.")
    .argument("<id>", "the deployment's id")
    .option("--uri <url>", "where it is now")
    .option(
      "--extra-header <name=value>",
      "sent to it; replaces all; may be repeated",
      collectPairs,
    )
    .option("--use-http1.1", "speak HTTP/1.1 to it")
    .option("--overwrite", "replace the definitions of its services too")
    .option("--dry-run", "check the new address, and change nothing")
    .option("-y, --yes", "do not ask")
    .option("--json", "print the deployment as JSON")
    .addHelpText("after", HELP)
    .action((id: string, options: UpdateOptions) => update(cli, id, options));
}

async function update(cli: Cli, id: string, options: UpdateOptions): Promise<void> {
  const request = toRequest(options);
  const before = await cli.admin.getDeployment(id);
  const next = request.uri ?? addressOf(before);
  cli.note(`deployment ${id}: ${addressOf(before)} -> ${next}`);
  if (options.dryRun !== true && !(await cli.confirm("Change it?", options))) {
    throw declined();
  }
  const deployment = await cli.admin.updateDeployment(id, request);
  if (options.json === true) return cli.printJson(deployment);
  cli.note(options.dryRun === true ? "this would work; nothing was changed" : `updated ${id}`);
  cli.print(renderDeployment(deployment, { latest: new Map() }, cli.colours));
}

function toRequest(options: UpdateOptions): UpdateDeploymentRequest {
  const request: UpdateDeploymentRequest = {
    ...(options.uri === undefined ? {} : { uri: toUrl(options.uri) }),
    ...(options.extraHeader === undefined ? {} : { additional_headers: options.extraHeader }),
    ...(options["useHttp1.1"] === true ? { use_http_11: true } : {}),
    ...(options.overwrite === true ? { overwrite: true } : {}),
  };
  if (Object.keys(request).length === 0) {
    throw usageError("nothing to change: say --uri, --extra-header, --use-http1.1 or --overwrite");
  }
  return options.dryRun === true ? { ...request, dry_run: true } : request;
}
