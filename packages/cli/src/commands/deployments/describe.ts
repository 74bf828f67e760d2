/** `rejoin deployments describe` */
import type { DeploymentDetails, ServiceResource } from "@rejoin/client";
import type { Command } from "commander";
import type { Cli } from "../../cli.ts";
import { addOutputOptions, type OutputOptions } from "../../output/output-options.ts";
import { show } from "../../output/show.ts";
import { renderDeployment } from "../../render/deployments.ts";
import { fetchUsage, type Usage } from "./usage.ts";

interface Described {
  readonly deployment: DeploymentDetails;
  readonly services: readonly ServiceResource[];
  readonly usage: Usage | undefined;
}

export function addDescribeDeployment(parent: Command, cli: Cli): void {
  const command = parent
    .command("describe")
    .alias("get")
    .summary("describe a deployment and its services")
    .description("Describe a deployment: its address, protocol, services and their handlers.")
    .argument("<id>", "the deployment's id, such as dp_17sztQp4gnEC1L0OCFM9aEh");
  addOutputOptions(command, { watch: true }).action((id: string, options: OutputOptions) =>
    show<Described>(cli, options, {
      fetch: async () => {
        const { admin } = cli;
        const deployment = await admin.getDeployment(id);
        if (options.json === true) return { deployment, services: [], usage: undefined };
        const services = await admin.listServices();
        return { deployment, services, usage: await fetchUsage(admin, id, services) };
      },
      toText: ({ deployment, services, usage }, colours) => {
        const latest = new Map(services.map((service) => [service.name, service]));
        return renderDeployment(deployment, { latest, usage }, colours);
      },
      toJson: ({ deployment }) => deployment,
    }),
  );
}
