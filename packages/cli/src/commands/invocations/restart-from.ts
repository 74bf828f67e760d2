/** `rejoin invocations restart <id> --from <index>` */
import type { Cli } from "../../cli.ts";
import { declined, usageError } from "../../cli-error.ts";
import type { OperationOptions } from "./operation.ts";
import { getInvocation } from "./pages.ts";
import type { Query } from "./query.ts";

/** The entries up to the index are kept, so their effects do not happen again. */
export async function restartFrom(
  cli: Cli,
  query: Query,
  options: OperationOptions,
): Promise<void> {
  const { from = 0, onDeployment } = options;
  const [id, ...others] = query.ids;
  if (id === undefined || others.length > 0) {
    throw usageError("--from is for one invocation, by its id", "leave it out for several");
  }
  const { target, journal_size } = await getInvocation(cli.admin, id, 1);
  cli.note(`${target} ${id}: keeps entries 0 to ${from} of ${journal_size}`);
  if (options.dryRun === true) return cli.note("a dry run: nothing was changed");
  if (!(await cli.confirm(`Restart it from entry ${from}?`, options))) throw declined();
  const restarted = await cli.admin.restartInvocation(id, {
    from,
    ...(onDeployment === undefined ? {} : { deployment: onDeployment }),
  });
  const pair = { old_invocation_id: id, new_invocation_id: restarted };
  if (options.json === true) {
    return cli.printJson({ operation: "restart-as-new", succeeded: [pair], failed: [] });
  }
  cli.print(`${id} -> ${restarted}`);
}
