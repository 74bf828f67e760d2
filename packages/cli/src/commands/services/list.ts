/** `rejoin services list` */
import type { ServiceResource } from "@rejoin/client";
import type { Command } from "commander";
import type { Cli } from "../../cli.ts";
import { addOutputOptions, type OutputOptions } from "../../output/output-options.ts";
import { show } from "../../output/show.ts";
import { renderServiceList } from "../../render/services.ts";

interface ListOptions extends OutputOptions {
  readonly publicOnly?: boolean;
}

const NONE = "no services yet: `rejoin deployments register <url>` adds those it finds";

export function addListServices(parent: Command, cli: Cli): void {
  const command = parent
    .command("list")
    .alias("ls")
    .summary("list the services")
    .description("List the services with their newest revisions, by name.")
    .option("--public-only", "those that can be called from outside");
  addOutputOptions(command, { lines: true, watch: true }).action((options: ListOptions) =>
    show<readonly ServiceResource[]>(cli, options, {
      fetch: async () => {
        const services = await cli.admin.listServices();
        return services
          .filter((service) => service.public || options.publicOnly !== true)
          .sort((a, b) => a.name.localeCompare(b.name));
      },
      toText: (services, colours) =>
        services.length === 0 ? "" : renderServiceList(services, colours),
      toJson: (services) => ({ services }),
      toLines: (services) => services,
      toNotes: (services) => {
        const isText = options.json !== true && options.jsonl !== true;
        return services.length === 0 && isText ? [NONE] : [];
      },
    }),
  );
}
