/** `rejoin invocations describe` */
import type { Command } from "commander";
import type { Cli } from "../../cli.ts";
import { renderInvocation } from "../../render/invocation.ts";

export function addDescribeInvocation(parent: Command, cli: Cli): void {
  parent
    .command("describe")
    .alias("get")
    .summary("describe an invocation, with its journal")
    .description("Describe an invocation: its status, its last failure, and its journal as a tree.")
    .argument("<id>", "the invocation's id, such as inv_1gdJBtdVEcM942bjcDmb1c1khoaJe11Hbz")
    .option("--json", "print JSON")
    .action(async (id: string, { json }: { readonly json?: boolean }) => {
      const invocation = await cli.admin.getInvocation(id);
      if (json === true) return cli.printJson(invocation);
      cli.print(renderInvocation(invocation, cli.environment.now(), cli.colours));
    });
}
