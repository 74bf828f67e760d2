/** `rejoin services list` */
import type { Command } from "commander";
import type { Cli } from "../../cli.ts";
import { renderServiceList } from "../../render/services.ts";

export function addListServices(parent: Command, cli: Cli): void {
  parent
    .command("list")
    .alias("ls")
    .summary("list the services")
    .description("List the services with their newest revisions, by name.")
    .option("--json", "print JSON")
    .action(async ({ json }: { readonly json?: boolean }) => {
      const listed = await cli.admin.listServices();
      const services = [...listed].sort((a, b) => a.name.localeCompare(b.name));
      if (json === true) return cli.printJson({ services });
      if (services.length === 0) {
        return cli.note("no services yet: `rejoin deployments register <url>` adds those it finds");
      }
      cli.print(renderServiceList(services, cli.colours));
    });
}
