/** `rejoin invocations describe` */
import type { Command } from "commander";
import type { Cli } from "../../cli.ts";
import { renderInvocation } from "../../render/invocation.ts";
import { parseLimit } from "./limit.ts";
import { getInvocation } from "./pages.ts";

interface DescribeOptions {
  readonly entries: number;
  readonly json?: boolean;
}

const ENTRIES_DEFAULT = 200;

const HELP = `
Examples:
  rejoin invocations describe inv_1gdJBtdVEcM942bjcDmb1c1khoaJe11Hbz
  rejoin invocations describe inv_1gdJBtdVEcM942bjcDmb1c1khoaJe11Hbz --entries 10000 --json`;

export function addDescribeInvocation(parent: Command, cli: Cli): void {
  parent
    .command("describe")
    .alias("get")
    .summary("describe an invocation, with its journal")
    .description("Describe an invocation: its status, its last failure, and its journal as a tree.")
    .argument("<id>", "the invocation's id")
    .option("--entries <count>", "at most so many of the journal", parseLimit, ENTRIES_DEFAULT)
    .option("--json", "print JSON")
    .addHelpText("after", HELP)
    .action(async (id: string, { entries, json }: DescribeOptions) => {
      const invocation = await getInvocation(cli.admin, id, entries);
      if (json === true) cli.printJson(invocation);
      else cli.print(renderInvocation(invocation, cli.environment.now(), cli.colours));
      if (invocation.journal_next !== undefined) {
        cli.note(
          `the first ${invocation.journal.length} entries, and there are more: see --entries`,
        );
      }
    });
}
