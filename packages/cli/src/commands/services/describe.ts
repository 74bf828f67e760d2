/** `rejoin services describe` */
import type { DeploymentResource, ServiceResource } from "@rejoin/client";
import type { Command } from "commander";
import type { Cli } from "../../cli.ts";
import { addOutputOptions, type OutputOptions } from "../../output/output-options.ts";
import { show } from "../../output/show.ts";
import { renderService } from "../../render/services.ts";

interface Described {
  readonly service: ServiceResource;
  /** They tell where its older revisions are. */
  readonly deployments: readonly DeploymentResource[];
}

export function addDescribeService(parent: Command, cli: Cli): void {
  const command = parent
    .command("describe")
    .alias("get")
    .summary("describe a service and its handlers")
    .description("Describe a service: its type, revisions, handlers and options.")
    .argument("<name>", "the service's name");
  addOutputOptions(command, { watch: true }).action((name: string, options: OutputOptions) =>
    show<Described>(cli, options, {
      fetch: async () => {
        const service = await cli.admin.getService(name);
        const deployments = options.json === true ? [] : await cli.admin.listDeployments();
        return { service, deployments };
      },
      toText: ({ service, deployments }, colours) => renderService(service, deployments, colours),
      toJson: ({ service }) => service,
    }),
  );
}
