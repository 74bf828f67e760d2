/** `rejoin state list` */
import type { ObjectResource } from "@rejoin/client";
import type { Command } from "commander";
import type { Cli } from "../../cli.ts";
import { addOutputOptions, type OutputOptions } from "../../output/output-options.ts";
import { show } from "../../output/show.ts";
import { formatSize } from "../../render/size.ts";
import { formatTable } from "../../render/table.ts";
import { parseLimit } from "../invocations/limit.ts";
import { listObjects } from "./list-objects.ts";

interface ListOptions extends OutputOptions {
  readonly prefix?: string;
  readonly scope?: string;
  readonly limit: number;
}

export function addListObjects(parent: Command, cli: Cli): void {
  const command = parent
    .command("list")
    .alias("ls")
    .summary("list the objects of a service")
    .description("List the keys of a service that have state, or are held, or waited for.")
    .argument("<service>", "the virtual object or workflow")
    .option("--prefix <text>", "those whose keys begin with this")
    .option("--scope <scope>", "those in this scope")
    .option("--limit <count>", "at most so many", parseLimit, 100);
  addOutputOptions(command, { lines: true, watch: true })
    .addHelpText("after", "\nExamples:\n  rejoin state list cart --prefix ada")
    .action(async (service: string, options: ListOptions) => {
      await show(cli, options, {
        fetch: () => listObjects(cli.admin, service, options),
        toText: ({ objects }) => (objects.length === 0 ? "" : renderObjects(cli, objects)),
        toJson: ({ objects }) => ({ objects }),
        toLines: ({ objects }) => objects,
        toNotes: ({ objects, isCut }) => {
          if (isCut) return [`the first ${objects.length}, and there are more: see --limit`];
          return objects.length === 0 ? [`${service} has nothing stored`] : [];
        },
      });
    });
}

function renderObjects({ colours }: Cli, objects: readonly ObjectResource[]): string {
  const rows = objects.map((own) => [
    own.scope === undefined ? own.key : `${own.scope}/${own.key}`,
    own.state_keys,
    `${own.state_truncated === true ? "≥ " : ""}${formatSize(own.state_bytes)}`,
    own.inbox_length,
    own.locked_by ?? "",
  ]);
  return formatTable(["KEY", "VALUES", "SIZE", "WAITING", "HELD BY"], rows, colours);
}
