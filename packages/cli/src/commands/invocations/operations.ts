/** `rejoin invocations cancel|kill|pause|resume|purge|restart`: one operation on any number. */
import type { BatchOperationName } from "@rejoin/client";
import { type Command, InvalidArgumentError } from "commander";
import type { Cli } from "../../cli.ts";
import { usageError } from "../../cli-error.ts";
import { ACTIVE, addFilterOptions, STATUS_HELP } from "./filter-options.ts";
import { parseLimit } from "./limit.ts";
import { operate } from "./operate.ts";
import type { Operation, OperationOptions } from "./operation.ts";
import { parseQuery, QUERY_HELP } from "./query.ts";
import { restartFrom } from "./restart-from.ts";

interface OperationSpec {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly examples: readonly string[];
  readonly addOptions?: (command: Command) => Command;
  readonly toOperation: (options: OperationOptions) => Operation;
}

const LIMIT_DEFAULT = 500;

const operation = (name: BatchOperationName, own: Omit<Operation, "name">): Operation => ({
  name,
  ...own,
});

const KILL = operation("kill", { verb: "kill", done: "killed", statuses: ACTIVE });

const SPECS: readonly OperationSpec[] = [
  {
    name: "cancel",
    aliases: [],
    summary: "ask invocations to end",
    description:
      "Ask invocations to end: their code, and the code of what they call, sees a failure and can clean up.",
    examples: [
      "rejoin invocations cancel inv_1gdJBtdVEcM942bjcDmb1c1khoaJe11Hbz",
      "rejoin invocations cancel orders/checkout --status paused,backing-off",
      "rejoin invocations list --error timeout --jsonl | jq -r .id | rejoin invocations cancel - --yes",
    ],
    addOptions: (command) => command.option("--kill", "kill them: their code is not asked"),
    toOperation: ({ kill }) =>
      kill === true
        ? KILL
        : operation("cancel", { verb: "cancel", done: "asked to end", statuses: ACTIVE }),
  },
  {
    name: "kill",
    aliases: [],
    summary: "end invocations at once",
    description:
      "End invocations, and all that they have called, at once: their code is not asked, and cleans nothing up.",
    examples: ["rejoin invocations kill inv_1gdJBtdVEcM942bjcDmb1c1khoaJe11Hbz"],
    toOperation: () => KILL,
  },
  {
    name: "pause",
    aliases: [],
    summary: "hold invocations until they are resumed",
    description: "Hold invocations, and make no attempts, until they are resumed.",
    examples: ["rejoin invocations pause --service orders --status backing-off"],
    toOperation: () =>
      operation("pause", {
        verb: "pause",
        done: "paused, or about to be",
        statuses: ["ready", "running", "backing-off", "suspended"],
      }),
  },
  {
    name: "resume",
    aliases: [],
    summary: "let paused invocations go on, and try failing ones again now",
    description: "Let paused invocations go on, and those that back off try again now.",
    examples: [
      "rejoin invocations resume orders",
      "rejoin invocations resume --parent inv_1gdJBtdVEcM942bjcDmb1c1khoaJe11Hbz",
      "rejoin invocations resume --status paused --service orders --on-deployment latest",
    ],
    addOptions: (command) =>
      command.option("--on-deployment <choice>", "go on there: keep (default), latest or an id"),
    toOperation: ({ onDeployment }) =>
      operation("resume", {
        verb: "resume",
        done: "resumed",
        statuses: ["paused", "backing-off"],
        deployment: onDeployment,
      }),
  },
  {
    name: "purge",
    aliases: ["rm"],
    summary: "delete what is kept of completed invocations",
    description: "Delete what is kept of completed invocations: result, journal and input.",
    examples: ["rejoin invocations purge --service orders --modified-before 7d --limit 10000"],
    addOptions: (command) => command.option("--journal-only", "the results stay"),
    toOperation: ({ journalOnly }) =>
      operation(journalOnly === true ? "purge-journal" : "purge", {
        verb: journalOnly === true ? "purge the journal of" : "purge",
        done: "purged",
        statuses: ["completed"],
      }),
  },
  {
    name: "restart",
    aliases: ["restart-as-new"],
    summary: "repeat completed invocations as new ones",
    description:
      "Repeat completed invocations as new ones with the same input; one of them also from a place in its journal.",
    examples: [
      "rejoin invocations restart inv_1gdJBtdVEcM942bjcDmb1c1khoaJe11Hbz",
      "rejoin invocations restart inv_1gdJBtdVEcM942bjcDmb1c1khoaJe11Hbz --from 12",
      "rejoin invocations restart --parent inv_1gdJBtdVEcM942bjcDmb1c1khoaJe11Hbz --failed",
    ],
    addOptions: (command) =>
      command
        .option("--from <index>", "keep the journal up to this entry; one invocation", parseIndex)
        .option("--on-deployment <choice>", "run there: latest (default), keep or an id"),
    toOperation: ({ onDeployment }) =>
      operation("restart-as-new", {
        verb: "restart",
        done: "restarted",
        statuses: ["completed"],
        deployment: onDeployment,
      }),
  },
];

export function addOperations(parent: Command, cli: Cli): void {
  for (const spec of SPECS) addOperation(parent, cli, spec);
}

function addOperation(parent: Command, cli: Cli, spec: OperationSpec): void {
  const examples = spec.examples.map((example) => `  ${example}`).join("\n");
  const command = parent
    .command(spec.name)
    .aliases([...spec.aliases])
    .summary(spec.summary)
    .description(spec.description)
    .argument("[query...]", "ids, a target, or - for ids on stdin");
  addFilterOptions(command)
    .option("--all", "every one there is, if nothing else says which")
    .option("--limit <count>", "at most so many that fit", parseLimit, LIMIT_DEFAULT);
  spec.addOptions?.(command);
  command
    .option("--dry-run", "show which, and change nothing")
    .option("-y, --yes", "do not ask")
    .option("--json", "print what has come of each as JSON")
    .addHelpText("after", `${QUERY_HELP}\n${STATUS_HELP}\n\nExamples:\n${examples}`)
    .action(async (texts: readonly string[], options: OperationOptions) => {
      const query = await parseQuery(cli, texts, options);
      if (
        query.filter !== undefined &&
        Object.keys(query.filter).length === 0 &&
        options.all !== true
      ) {
        throw usageError(
          `this does not say which invocations to ${spec.name}`,
          "name ids, a target, or options that filter; --all for every one there is",
        );
      }
      const operation = spec.toOperation(options);
      if (options.from !== undefined) return restartFrom(cli, query, options);
      await operate(cli, { query, operation, options });
    });
}

function parseIndex(text: string): number {
  const index = Number(text);
  if (text.trim() !== "" && Number.isInteger(index) && index >= 0) return index;
  throw new InvalidArgumentError("It must be the index of a journal entry, from 0.");
}
