/** `rejoin invocations children`: what an invocation has called, and how far that is. */
import type { ChildrenPage } from "@rejoin/client";
import type { Command } from "commander";
import type { Cli } from "../../cli.ts";
import { addOutputOptions, type OutputOptions } from "../../output/output-options.ts";
import { show } from "../../output/show.ts";
import { renderChildren } from "../../render/children.ts";
import { STATUS_HELP, withoutUndefined } from "./filter-options.ts";
import { parseLimit } from "./limit.ts";
import { listChildren } from "./pages.ts";
import { resolveOne } from "./query.ts";

interface ChildrenOptions extends OutputOptions {
  readonly status?: string;
  readonly failed?: boolean;
  readonly limit: number;
}

const LIMIT_DEFAULT = 50;

const HELP = `${STATUS_HELP}

Examples:
  rejoin invocations children inv_1gdJBtdVEcM942bjcDmb1c1khoaJe11Hbz --failed
  rejoin invocations children worker/run --status paused,backing-off --watch`;

export function addChildren(parent: Command, cli: Cli): void {
  const command = parent
    .command("children")
    .summary("show what an invocation has called, and what failed of it")
    .description("Show what an invocation has called: how far that is, what failed, and why.")
    .argument("<id>", "the invocation's id, or a target that has only one")
    .option("--status <status>", "list those in this status, or one of several, with commas")
    .option("--failed", "list those that have failed")
    .option("--limit <count>", "list at most so many", parseLimit, LIMIT_DEFAULT);
  addOutputOptions(command, { lines: true, watch: true })
    .addHelpText("after", HELP)
    .action(async (query: string, options: ChildrenOptions) => {
      const id = await resolveOne(cli, query);
      const { status, failed } = options;
      const wanted = withoutUndefined<{ status: string; failed: boolean }>({ status, failed });
      await show<ChildrenPage>(cli, options, {
        fetch: () => listChildren(cli.admin, id, wanted, options.limit),
        toText: renderChildren,
        toLines: ({ invocations }) => invocations,
        toNotes: ({ next, invocations }) =>
          next === undefined
            ? []
            : [`the first ${invocations.length}, and there are more: see --limit`],
      });
    });
}
