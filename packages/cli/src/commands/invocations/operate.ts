/** Shows which invocations an operation is for, asks, and carries it out on each. */
import { ClientError } from "@rejoin/client";
import type { Cli } from "../../cli.ts";
import { CliError, declined, EXIT } from "../../cli-error.ts";
import { openProgress } from "../../output/progress.ts";
import { renderMatches, renderOutcome } from "../../render/operation.ts";
import type { Matches, Operation, OperationOptions, OperationResult } from "./operation.ts";
import { getInvocation, listInvocations } from "./pages.ts";
import type { Query } from "./query.ts";

export interface OperateOptions {
  readonly query: Query;
  readonly operation: Operation;
  readonly options: OperationOptions;
}

/** So many go to the server at once: progress is seen, and nothing waits long for its turn. */
const CHUNK = 100;

export async function operate(
  cli: Cli,
  { query, operation, options }: OperateOptions,
): Promise<void> {
  const matches = await findMatches(cli, query, operation, options);
  if (matches.ids.length === 0) {
    if (options.json === true) cli.printJson(toJson(operation, EMPTY));
    return cli.note(`there is nothing to ${operation.verb}`);
  }
  cli.note(renderMatches(operation, matches, cli.noteColours));
  if (options.dryRun === true) {
    if (options.json === true)
      cli.printJson({ operation: operation.name, dry_run: true, matching: matches.ids });
    return cli.note("a dry run: nothing was changed");
  }
  const what = `${operation.verb} ${count(matches.ids.length)}?`;
  const question = `${what[0]?.toUpperCase()}${what.slice(1)}`;
  if (!(await cli.confirm(question, options))) throw declined();
  const result = await carryOut(cli, operation, matches.ids);
  if (options.json === true) cli.printJson(toJson(operation, result));
  else cli.print(renderOutcome(operation, result, cli.colours));
  assertSucceeded(operation, result);
}

async function findMatches(
  cli: Cli,
  { ids, filter }: Query,
  { statuses }: Operation,
  { limit }: OperationOptions,
): Promise<Matches> {
  if (filter === undefined) {
    const [only, ...others] = ids;
    // One that does not exist is said so before anybody is asked.
    const known =
      only === undefined || others.length > 0 ? [] : [await getInvocation(cli.admin, only, 1)];
    return { ids, known, isCut: false };
  }
  const chosen = filter.status === undefined ? { ...filter, status: statuses.join(",") } : filter;
  const { invocations, isCut } = await listInvocations(cli.admin, chosen, limit);
  return { ids: invocations.map(({ id }) => id), known: invocations, isCut };
}

const EMPTY: OperationResult = { succeeded: [], restarted: [], failed: [] };

/** What is done is reported, even if the server goes away in the middle. */
async function carryOut(
  cli: Cli,
  operation: Operation,
  ids: readonly string[],
): Promise<OperationResult> {
  const progress = await openProgress(cli, operation.verb, ids.length);
  let result = EMPTY;
  try {
    for (let start = 0; start < ids.length; start += CHUNK) {
      const chunk = ids.slice(start, start + CHUNK);
      const next = await carryOutChunk(cli, operation, chunk).catch((error: unknown) => {
        if (!(error instanceof ClientError)) throw error;
        if (start === 0) throw error;
        const failed = ids.slice(start).map((id) => ({ invocation_id: id, error: error.message }));
        return { ...EMPTY, failed };
      });
      result = {
        succeeded: [...result.succeeded, ...next.succeeded],
        restarted: [...result.restarted, ...next.restarted],
        failed: [...result.failed, ...next.failed],
      };
      const doneCount = result.succeeded.length + result.failed.length;
      progress.update(doneCount, result.failed.length);
      if (doneCount === ids.length) break;
    }
  } finally {
    progress.close();
  }
  return result;
}

async function carryOutChunk(
  { admin }: Cli,
  { name, deployment }: Operation,
  ids: readonly string[],
): Promise<OperationResult> {
  if (name !== "restart-as-new") {
    const { succeeded, failed } = await admin.operateOnMany(name, ids, deployment);
    return { succeeded, restarted: [], failed };
  }
  const { succeeded, failed } = await admin.restartMany(ids, deployment);
  return {
    succeeded: succeeded.map(({ old_invocation_id }) => old_invocation_id),
    restarted: succeeded,
    failed,
  };
}

function assertSucceeded({ verb }: Operation, { succeeded, failed }: OperationResult): void {
  if (failed.length === 0) return;
  const total = succeeded.length + failed.length;
  const [first] = failed;
  if (total === 1) {
    throw new CliError(`cannot ${verb} ${first?.invocation_id}: ${first?.error}`);
  }
  throw new CliError(`cannot ${verb} ${failed.length} of ${count(total)}`, {
    exitCode: succeeded.length > 0 ? EXIT.partial : EXIT.failure,
  });
}

function toJson({ name }: Operation, { succeeded, restarted, failed }: OperationResult): unknown {
  return { operation: name, succeeded: name === "restart-as-new" ? restarted : succeeded, failed };
}

export function count(number: number): string {
  return number === 1 ? "1 invocation" : `${number} invocations`;
}
