/** `rejoin invocations summary`: how many, by what they have in common. */
import type { GroupBy, InvocationGroup, InvocationSummary } from "@rejoin/client";
import { type Command, InvalidArgumentError } from "commander";
import type { Cli } from "../../cli.ts";
import { addOutputOptions, type OutputOptions } from "../../output/output-options.ts";
import { show } from "../../output/show.ts";
import { type Colours, PLAIN } from "../../render/colours.ts";
import { paintStatus } from "../../render/invocations.ts";
import { formatTable } from "../../render/table.ts";
import { formatSpan } from "../../render/time.ts";
import { addFilterOptions, type FilterOptions, STATUS_HELP, toFilter } from "./filter-options.ts";
import { parseLimit } from "./limit.ts";

const GROUPS = ["status", "service", "handler", "failure", "parent"] as const;
const BY_DEFAULT: readonly GroupBy[] = ["service", "status"];
const LIMIT_DEFAULT = 50;
const FAILURE_LENGTH_MAX = 100;

interface SummaryOptions extends FilterOptions, OutputOptions {
  readonly by: readonly GroupBy[];
  readonly limit: number;
}

const HELP = `${STATUS_HELP}

Examples:
  rejoin invocations summary --active
  rejoin invocations summary --by failure --failed --created-after 1h
  rejoin invocations summary --parent inv_1gdJBtdVEcM942bjcDmb1c1khoaJe11Hbz --by status,failure`;

export function addSummarizeInvocations(parent: Command, cli: Cli): void {
  const command = parent
    .command("summary")
    .alias("count")
    .summary("count invocations by service, status or failure")
    .description("Count invocations by what they have in common, the largest group first.")
    .argument("[target]", "those of a Service, Service/handler, Object/key or Object/key/handler")
    .option("--by <what>", `${GROUPS.join(", ")}; several with commas`, parseGroups, BY_DEFAULT);
  addFilterOptions(command).option(
    "--limit <count>",
    "at most so many groups",
    parseLimit,
    LIMIT_DEFAULT,
  );
  addOutputOptions(command, { lines: true, watch: true })
    .addHelpText("after", HELP)
    .action(async (target: string | undefined, options: SummaryOptions) => {
      const filter = { ...toFilter(cli, options), ...(target === undefined ? {} : { target }) };
      await show<InvocationSummary>(cli, options, {
        fetch: () =>
          cli.admin.summarizeInvocations({ ...filter, group_by: options.by, limit: options.limit }),
        toText: (summary, colours) =>
          renderSummary(summary, { by: options.by, now: cli.environment.now() }, colours),
        toLines: ({ groups }) => groups,
        toNotes: notesOf,
      });
    });
}

function notesOf({
  total,
  groups,
  groups_truncated,
  complete,
}: InvocationSummary): readonly string[] {
  const all = `${total} ${total === 1 ? "invocation" : "invocations"}`;
  return [
    groups_truncated === true ? `${all}; the largest ${groups.length} groups: see --limit` : all,
    ...(complete ? [] : ["only the newest were looked at: the server has no SQL installed"]),
  ];
}

interface SummaryContext {
  readonly by: readonly GroupBy[];
  readonly now: number;
}

export function renderSummary(
  { groups }: InvocationSummary,
  { by, now }: SummaryContext,
  colours: Colours = PLAIN,
): string {
  if (groups.length === 0) return "";
  const rows = groups.map((group) => [
    group.count,
    ...by.map((what) => cellOf(group, what, colours)),
    formatSpan(now - Date.parse(group.oldest_created_at)),
    group.sample_ids[0] ?? "",
  ]);
  const head = ["COUNT", ...by.map((what) => what.toUpperCase()), "OLDEST", "FOR EXAMPLE"];
  return formatTable(head, rows, colours);
}

function cellOf(group: InvocationGroup, what: GroupBy, colours: Colours): string {
  switch (what) {
    case "status":
      return group.status === undefined ? "" : paintStatus(group.status, colours);
    case "failure": {
      const { failure = "", failure_code: code } = group;
      const text = code === undefined ? failure : `[${code}] ${failure}`;
      return text.length > FAILURE_LENGTH_MAX ? `${text.slice(0, FAILURE_LENGTH_MAX)}…` : text;
    }
    default:
      return group[what] ?? "";
  }
}

function parseGroups(text: string): readonly GroupBy[] {
  return text.split(",").map((word) => {
    const group = GROUPS.find((known) => known === word);
    if (group === undefined) throw new InvalidArgumentError(`It must be of ${GROUPS.join(", ")}.`);
    return group;
  });
}
