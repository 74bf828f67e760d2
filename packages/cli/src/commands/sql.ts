/** `rejoin sql` */
import type { QueryResult } from "@rejoin/client";
import type { Command } from "commander";
import type { Cli } from "../cli.ts";
import { readBody } from "../input/read-body.ts";
import { addOutputOptions, type OutputOptions } from "../output/output-options.ts";
import { show } from "../output/show.ts";
import { renderRows } from "../render/rows.ts";
import { formatSpan } from "../render/time.ts";

const HELP = `
One SELECT over tables such as sys_invocation, sys_journal, state, sys_promise, sys_service and
sys_deployment. Times are UTC. --json and --jsonl leave out what is null.

Examples:
  rejoin sql "select status, count(*) as n from sys_invocation group by status"
  rejoin sql "select id, last_failure from sys_invocation where status = 'backing-off'" --jsonl
  rejoin sql @report.sql --watch 5`;

interface Queried extends QueryResult {
  readonly tookMs: number;
}

export function addSql(parent: Command, cli: Cli): void {
  const command = parent
    .command("sql")
    .summary("ask the server in SQL")
    .description("Ask the server in SQL about invocations, journals, state and deployments.")
    .argument("<statement>", "the statement, @file, or - for stdin");
  addOutputOptions(command, { lines: true, watch: true })
    .addHelpText("after", HELP)
    .action(async (text: string, options: OutputOptions) => {
      const statement = (await readBody(cli, text)).trim().replace(/;$/, "");
      await show<Queried>(cli, options, {
        fetch: async () => {
          const startedAt = cli.environment.now();
          const result = await cli.admin.query(statement);
          return { ...result, tookMs: cli.environment.now() - startedAt };
        },
        toText: ({ rows }, colours) => renderRows(rows, colours),
        toJson: ({ rows }) => ({ rows }),
        toLines: ({ rows }) => rows,
        toNotes: ({ rows, truncated, tookMs }) => {
          const count = rows.length === 1 ? "1 row" : `${rows.length} rows`;
          const cut = truncated ? ["there are more rows: the server stops there"] : [];
          return [...cut, `${count} in ${formatSpan(tookMs)}`];
        },
      });
    });
}
