/** `rejoin version` */
import type { Command } from "commander";
import type { Cli } from "../cli.ts";
import { formatFields } from "../render/table.ts";
import { CLI_VERSION } from "../version.ts";

export function addVersion(parent: Command, cli: Cli): void {
  parent
    .command("version")
    .summary("print the versions of this program and of the server")
    .description("Print the versions of this program and of the server, if one can be reached.")
    .option("--json", "print JSON")
    .action((options: { readonly json?: boolean }) => printVersions(cli, options.json === true));
}

async function printVersions(cli: Cli, json: boolean): Promise<void> {
  const server = await cli.admin.version().catch(() => undefined);
  const versions = { cli: CLI_VERSION, server: server?.version ?? null };
  if (json) return cli.printJson(versions);
  cli.print(
    formatFields(
      [
        ["rejoin", versions.cli],
        ["server", versions.server ?? `not reachable at ${cli.connection.admin.url}`],
      ],
      cli.colours,
    ),
  );
}
