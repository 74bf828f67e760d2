/** `rejoin deployments describe` */
import type { Command } from "commander";
import type { Cli } from "../../cli.ts";
import { renderDeployment } from "../../render/deployments.ts";

export function addDescribeDeployment(parent: Command, cli: Cli): void {
  parent
    .command("describe")
    .alias("get")
    .summary("describe a deployment and its services")
    .description("Describe a deployment: its address, protocol, services and their handlers.")
    .argument("<id>", "the deployment's id, such as dp_17sztQp4gnEC1L0OCFM9aEh")
    .option("--json", "print JSON")
    .action(async (id: string, { json }: { readonly json?: boolean }) => {
      const deployment = await cli.admin.getDeployment(id);
      if (json === true) return cli.printJson(deployment);
      const services = await cli.admin.listServices();
      const latest = new Map(services.map((service) => [service.name, service]));
      cli.print(renderDeployment(deployment, latest, cli.colours));
    });
}
