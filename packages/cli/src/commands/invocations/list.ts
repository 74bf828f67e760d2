/** `rejoin invocations list` */
import type { Command } from "commander";
import type { Cli } from "../../cli.ts";
import { renderInvocationList } from "../../render/invocations.ts";
import { parseLimit } from "./limit.ts";
import { listInvocations } from "./pages.ts";

interface ListOptions {
  readonly status?: string;
  readonly service?: string;
  readonly limit: number;
  readonly json?: boolean;
}

const LIMIT_DEFAULT = 100;

const HELP = `
A status is scheduled (waits for its time), pending (waits for its object), running, backing-off
(waits for its next attempt), suspended (waits for a result), paused (waits for you) or completed.

Examples:
  rejoin invocations list
  rejoin invocations list --service orders --status backing-off,paused
  rejoin invocations list --limit 5000 --json`;

export function addListInvocations(parent: Command, cli: Cli): void {
  parent
    .command("list")
    .alias("ls")
    .summary("list invocations")
    .description("List invocations, the newest first, with why they fail.")
    .option("--status <status>", "those in this status, or in one of several, with commas")
    .option("--service <name>", "those of this service")
    .option("--limit <count>", "at most so many", parseLimit, LIMIT_DEFAULT)
    .option("--json", "print JSON")
    .addHelpText("after", HELP)
    .action((options: ListOptions) => list(cli, options));
}

async function list(cli: Cli, { json, limit, ...filter }: ListOptions): Promise<void> {
  const { invocations, isCut } = await listInvocations(cli.admin, filter, limit);
  if (json === true) cli.printJson({ invocations });
  else if (invocations.length > 0) cli.print(renderInvocationList(invocations, cli.colours));
  else cli.note("there are no such invocations");
  if (isCut) cli.note(`the newest ${invocations.length}, and there are more: see --limit`);
}
