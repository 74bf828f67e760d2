/** `rejoin invocations list` */
import { type Command, InvalidArgumentError } from "commander";
import type { Cli } from "../../cli.ts";
import { renderInvocationList } from "../../render/invocations.ts";

interface ListOptions {
  readonly status?: string;
  readonly service?: string;
  readonly limit: number;
  readonly json?: boolean;
}

const LIMIT_DEFAULT = 100;

const HELP = `
A status is pending, scheduled, ready, running, backing-off, suspended, paused or completed.

Examples:
  rejoin invocations list
  rejoin invocations list --service orders --status backing-off
  rejoin invocations list --limit 1000 --json`;

export function addListInvocations(parent: Command, cli: Cli): void {
  parent
    .command("list")
    .alias("ls")
    .summary("list invocations")
    .description("List invocations, the newest first.")
    .option("--status <status>", "those in this status")
    .option("--service <name>", "those of this service")
    .option("--limit <count>", "at most so many", parseLimit, LIMIT_DEFAULT)
    .option("--json", "print JSON")
    .addHelpText("after", HELP)
    .action((options: ListOptions) => list(cli, options));
}

async function list(cli: Cli, { json, ...filter }: ListOptions): Promise<void> {
  const invocations = await cli.admin.listInvocations(filter);
  if (json === true) return cli.printJson({ invocations });
  if (invocations.length === 0) return cli.note("no such invocations");
  cli.print(renderInvocationList(invocations, cli.environment.now(), cli.colours));
  if (invocations.length === filter.limit) {
    cli.note(`the newest ${filter.limit}; there may be more: --limit shows them`);
  }
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1)
    throw new InvalidArgumentError("write a whole number.");
  return limit;
}
