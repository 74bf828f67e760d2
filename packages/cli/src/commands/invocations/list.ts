/** `rejoin invocations list` */
import type { InvocationResource } from "@rejoin/client";
import type { Command } from "commander";
import { orBySql } from "../../by-sql/server-without-lists.ts";
import type { Cli } from "../../cli.ts";
import { usageError } from "../../cli-error.ts";
import { addOutputOptions, type OutputOptions } from "../../output/output-options.ts";
import { show } from "../../output/show.ts";
import { renderInvocationList } from "../../render/invocations.ts";
import { addFilterOptions, type FilterOptions, STATUS_HELP } from "./filter-options.ts";
import { parseLimit } from "./limit.ts";
import { eachPage, type Listed, type ListFilter, listInvocations } from "./pages.ts";
import { parseQuery } from "./query.ts";

interface ListOptions extends FilterOptions, OutputOptions {
  readonly limit: number;
  readonly oldestFirst?: boolean;
}

const LIMIT_DEFAULT = 100;

const HELP = `${STATUS_HELP}

Examples:
  rejoin invocations list
  rejoin invocations list orders/checkout --active --watch
  rejoin invocations list --service orders --status backing-off,paused
  rejoin invocations list --parent inv_1gdJBtdVEcM942bjcDmb1c1khoaJe11Hbz --failed
  rejoin invocations list --error "card declined" --created-after 1h --jsonl`;

export function addListInvocations(parent: Command, cli: Cli): void {
  const command = parent
    .command("list")
    .alias("ls")
    .summary("list invocations")
    .description("List invocations, the newest first, with why they fail.")
    .argument("[target]", "those of a Service, Service/handler, Object/key or Object/key/handler");
  addFilterOptions(command)
    .option("--oldest-first", "the oldest first")
    .option("--limit <count>", "at most so many", parseLimit, LIMIT_DEFAULT);
  addOutputOptions(command, { lines: true, watch: true })
    .addHelpText("after", HELP)
    .action((target: string | undefined, options: ListOptions) => list(cli, target, options));
}

async function list(cli: Cli, target: string | undefined, options: ListOptions): Promise<void> {
  const { filter } = await parseQuery(cli, target === undefined ? [] : [target], options);
  if (filter === undefined) {
    throw usageError("this lists what fits a target", "`rejoin invocations describe` takes an id");
  }
  const { limit, oldestFirst = false } = options;
  const query: ListFilter = { ...filter, ...(oldestFirst ? { order: "oldest" } : {}) };
  const which = oldestFirst ? "oldest" : "newest";
  const noteCut = (count: number) => `the ${which} ${count}, and there are more: see --limit`;
  if (options.jsonl === true && options.watch === undefined) {
    const { count, isCut } = await printLines(cli, query, limit);
    if (isCut) cli.note(noteCut(count));
    return;
  }
  await show<Listed>(cli, options, {
    fetch: () => listInvocations(cli.admin, query, limit),
    toText: ({ invocations }, colours) =>
      invocations.length === 0 ? "" : renderInvocationList(invocations, colours),
    toJson: ({ invocations }) => ({ invocations }),
    toLines: ({ invocations }) => invocations,
    toNotes: ({ invocations, isCut }) => {
      if (isCut) return [noteCut(invocations.length)];
      const isText = options.json !== true && options.jsonl !== true;
      return invocations.length === 0 && isText ? ["there are no such invocations"] : [];
    },
  });
}

/** Each page is printed as it arrives: a long list takes no memory here. */
async function printLines(
  cli: Cli,
  filter: ListFilter,
  limit: number,
): Promise<{ readonly count: number; readonly isCut: boolean }> {
  let count = 0;
  const print = (invocations: readonly InvocationResource[]) => {
    for (const invocation of invocations) cli.printJsonLine(invocation);
    count += invocations.length;
  };
  const isCut = await orBySql(
    () => eachPage(cli.admin, { filter, limit }, print),
    async () => {
      const listed = await listInvocations(cli.admin, filter, limit);
      print(listed.invocations);
      return listed.isCut;
    },
  );
  return { count, isCut };
}
