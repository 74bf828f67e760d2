/** `rejoin invocations describe` */
import type { InvocationDetails } from "@rejoin/client";
import type { Command } from "commander";
import type { Cli } from "../../cli.ts";
import { addOutputOptions, type OutputOptions } from "../../output/output-options.ts";
import { show } from "../../output/show.ts";
import { renderInvocation } from "../../render/invocation.ts";
import { parseLimit } from "./limit.ts";
import { getInvocation } from "./pages.ts";
import { fetchPayloads, type Payloads } from "./payloads.ts";
import { resolveOne } from "./query.ts";

interface DescribeOptions extends OutputOptions {
  readonly entries: number;
  readonly payloads?: boolean;
}

const ENTRIES_DEFAULT = 200;

const HELP = `
Examples:
  rejoin invocations describe inv_1gdJBtdVEcM942bjcDmb1c1khoaJe11Hbz
  rejoin invocations describe orders/checkout --payloads
  rejoin invocations describe inv_1gdJBtdVEcM942bjcDmb1c1khoaJe11Hbz --entries 10000 --json`;

export function addDescribeInvocation(parent: Command, cli: Cli): void {
  const command = parent
    .command("describe")
    .alias("get")
    .summary("describe an invocation, with its journal")
    .description("Describe an invocation: its status, its last failure, and its journal as a tree.")
    .argument("<id>", "the invocation's id, or a target that has only one")
    .option("--entries <count>", "at most so many of the journal", parseLimit, ENTRIES_DEFAULT)
    .option("--payloads", "with input, output, and the results of its runs and calls");
  addOutputOptions(command, { watch: true })
    .addHelpText("after", HELP)
    .action((id: string, options: DescribeOptions) => describe(cli, id, options));
}

interface Described {
  readonly invocation: InvocationDetails;
  readonly payloads: Payloads;
}

async function describe(cli: Cli, query: string, options: DescribeOptions): Promise<void> {
  const id = await resolveOne(cli, query);
  await show<Described>(cli, options, {
    fetch: async () => {
      const invocation = await getInvocation(cli.admin, id, options.entries);
      const payloads =
        options.payloads === true ? await fetchPayloads(cli.admin, invocation) : new Map();
      return { invocation, payloads };
    },
    toText: ({ invocation, payloads }, colours) =>
      renderInvocation(invocation, { now: cli.environment.now(), payloads }, colours),
    toJson: toJson,
    toNotes: ({ invocation: { journal, journal_next } }) =>
      journal_next === undefined
        ? []
        : [`the first ${journal.length} entries, and there are more: see --entries`],
  });
}

function toJson({ invocation, payloads }: Described): unknown {
  if (payloads.size === 0) return invocation;
  const journal = invocation.journal.map((entry) => {
    const payload = payloads.get(entry.index);
    return payload === undefined ? entry : { ...entry, value: payload.json ?? payload.text };
  });
  return { ...invocation, journal };
}
