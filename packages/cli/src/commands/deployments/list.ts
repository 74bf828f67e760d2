/** `rejoin deployments list` */
import type { Command } from "commander";
import type { Cli } from "../../cli.ts";
import { renderDeploymentList } from "../../render/deployments.ts";

export function addListDeployments(parent: Command, cli: Cli): void {
  parent
    .command("list")
    .alias("ls")
    .summary("list the deployments")
    .description("List the deployments and their services, the newest first.")
    .option("--json", "print JSON")
    .action(async ({ json }: { readonly json?: boolean }) => {
      const listed = await cli.admin.listDeployments();
      const deployments = [...listed].sort((a, b) => b.created_at.localeCompare(a.created_at));
      if (json === true) return cli.printJson({ deployments });
      if (deployments.length === 0) {
        return cli.note("no deployments yet: `rejoin deployments register <url>` adds one");
      }
      cli.print(renderDeploymentList(deployments, cli.colours));
    });
}
