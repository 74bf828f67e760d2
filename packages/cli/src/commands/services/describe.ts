/** `rejoin services describe` */
import type { Command } from "commander";
import type { Cli } from "../../cli.ts";
import { renderService } from "../../render/services.ts";

export function addDescribeService(parent: Command, cli: Cli): void {
  parent
    .command("describe")
    .alias("get")
    .summary("describe a service and its handlers")
    .description("Describe a service: its type, revisions, handlers and options.")
    .argument("<name>", "the service's name")
    .option("--json", "print JSON")
    .action(async (name: string, { json }: { readonly json?: boolean }) => {
      const service = await cli.admin.getService(name);
      if (json === true) return cli.printJson(service);
      const deployments = await cli.admin.listDeployments();
      cli.print(renderService(service, deployments, cli.colours));
    });
}
