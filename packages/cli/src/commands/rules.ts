/** `rejoin rules …`: how many invocations of a scope may run at a time. */
import type { RuleChange, RuleResource } from "@rejoin/client";
import { type Command, InvalidArgumentError } from "commander";
import type { Cli } from "../cli.ts";
import { CliError, declined, usageError } from "../cli-error.ts";
import { addOutputOptions, type OutputOptions } from "../output/output-options.ts";
import { show } from "../output/show.ts";
import { renderRules } from "../render/rules.ts";

interface ChangeOptions {
  readonly yes?: boolean;
  readonly json?: boolean;
}

interface SetOptions extends ChangeOptions {
  readonly concurrency?: number;
  readonly unlimited?: boolean;
  readonly description?: string;
  readonly disabled?: boolean;
}

const PATTERN = "scope, scope/key or scope/key/key; each exact, or * for any";

export function addRules(parent: Command, cli: Cli): void {
  const group = parent
    .command("rules")
    .summary("limit how many invocations run at a time")
    .description(
      "A rule limits how many invocations of a scope, or of a limit key in it, run at a time.",
    );
  addList(group, cli);
  addSet(group, cli);
  addSwitch(group, cli, "enable");
  addSwitch(group, cli, "disable");
  addDelete(group, cli);
}

function addList(group: Command, cli: Cli): void {
  const command = group
    .command("list")
    .alias("ls")
    .summary("list the rules")
    .description("List the rules, by pattern.");
  addOutputOptions(command, { lines: true, watch: true }).action((options: OutputOptions) =>
    show<readonly RuleResource[]>(cli, options, {
      fetch: async () =>
        [...(await cli.admin.listRules())].sort((a, b) => (a.pattern < b.pattern ? -1 : 1)),
      toText: (rules, colours) => (rules.length === 0 ? "" : renderRules(rules, colours)),
      toJson: (rules) => ({ rules }),
      toLines: (rules) => rules,
      toNotes: (rules) =>
        rules.length === 0 ? ["there are no rules: `rejoin rules set` makes one"] : [],
    }),
  );
}

function addSet(group: Command, cli: Cli): void {
  addChangeOptions(
    group
      .command("set")
      .summary("make or change a rule")
      .description(
        "Make a rule, or change the one of this pattern; what is not named stays as it is.",
      )
      .argument("<pattern>", PATTERN)
      .option("--concurrency <count>", "so many may run at a time", parseConcurrency)
      .option("--unlimited", "any number may run at a time")
      .option("--description <text>", "why, for those who read it")
      .option("--disabled", "keep it, without an effect"),
  )
    .addHelpText(
      "after",
      `
Examples:
  rejoin rules set 'tenants' --concurrency 100
  rejoin rules set 'tenants/*' --concurrency 5 --description "each tenant" --yes
  rejoin rules set tenants/big-one --unlimited`,
    )
    .action((pattern: string, options: SetOptions) => set(cli, pattern, options));
}

async function set(cli: Cli, pattern: string, options: SetOptions): Promise<void> {
  const { concurrency, unlimited, description } = options;
  if ((concurrency === undefined) === (unlimited !== true) && options.disabled === undefined) {
    throw usageError("say --concurrency or --unlimited, one of the two");
  }
  if (concurrency !== undefined && unlimited === true) {
    throw usageError("--concurrency and --unlimited exclude each other");
  }
  const before = (await cli.admin.listRules()).find((rule) => rule.pattern === pattern);
  const kept = before?.limits ?? {};
  const limits = unlimited === true ? {} : concurrency === undefined ? kept : { concurrency };
  const text = description ?? before?.description;
  await change(cli, options, {
    before,
    next: {
      pattern,
      limits,
      ...(text === undefined ? {} : { description: text }),
      disabled: options.disabled ?? before?.disabled ?? false,
    },
  });
}

function addSwitch(group: Command, cli: Cli, verb: "enable" | "disable"): void {
  addChangeOptions(
    group
      .command(verb)
      .summary(
        verb === "enable" ? "give a rule its effect again" : "keep a rule, without an effect",
      )
      .description(
        verb === "enable" ? "Give a rule its effect again." : "Keep a rule, without an effect.",
      )
      .argument("<pattern>", "as `rejoin rules list` shows it"),
  ).action(async (pattern: string, options: ChangeOptions) => {
    const before = await findRule(cli, pattern);
    const { limits, description } = before;
    const text = description === undefined ? {} : { description };
    const next = { pattern, limits, ...text, disabled: verb === "disable" };
    await change(cli, options, { before, next });
  });
}

function addDelete(group: Command, cli: Cli): void {
  addChangeOptions(
    group
      .command("delete")
      .alias("rm")
      .summary("delete rules")
      .description("Delete rules; all of them or, if one does not exist, none.")
      .argument("<pattern...>", "as `rejoin rules list` shows them"),
  ).action(async (patterns: readonly string[], options: ChangeOptions) => {
    const rules = [];
    for (const pattern of new Set(patterns)) rules.push(await findRule(cli, pattern));
    cli.note(renderRules(rules, cli.noteColours));
    if (!(await cli.confirm(`Delete ${rules.length === 1 ? "it" : "these"}?`, options)))
      throw declined();
    const removals = rules.map(({ pattern, version }) => ({ pattern, expected_version: version }));
    const removed = await cli.admin.removeRules(removals);
    if (options.json === true) return cli.printJson({ removed });
    cli.note(`deleted ${removed.join(", ")}`);
  });
}

function addChangeOptions(command: Command): Command {
  return command.option("-y, --yes", "do not ask").option("--json", "print JSON");
}

interface Change {
  readonly before: RuleResource | undefined;
  readonly next: RuleChange;
}

/** Nobody's change in between is lost: the rule must be as it was shown. */
async function change(cli: Cli, options: ChangeOptions, { before, next }: Change): Promise<void> {
  const preview = {
    ...next,
    version: 0,
    last_modified_millis_since_epoch: 0,
    disabled: next.disabled ?? false,
  };
  const shown = { ...preview, limits: next.limits ?? {} };
  cli.note(
    renderRules(before === undefined ? [shown] : [before, shown], cli.noteColours, before && "->"),
  );
  const question = before === undefined ? "Make this rule?" : "Change it?";
  if (!(await cli.confirm(question, options))) throw declined();
  const precondition =
    before === undefined
      ? ({ type: "does_not_exist" } as const)
      : ({ type: "matches", version: before.version } as const);
  const [rule] = await cli.admin.putRules([{ ...next, precondition }]);
  if (options.json === true) return cli.printJson(rule ?? null);
  if (rule !== undefined) cli.print(renderRules([rule], cli.colours));
}

async function findRule(cli: Cli, pattern: string): Promise<RuleResource> {
  const rule = (await cli.admin.listRules()).find((own) => own.pattern === pattern);
  if (rule !== undefined) return rule;
  throw new CliError(`there is no rule ${pattern}`, {
    hint: "`rejoin rules list` shows what there is",
  });
}

function parseConcurrency(text: string): number {
  const count = Number(text);
  if (text.trim() !== "" && Number.isInteger(count) && count >= 0) return count;
  throw new InvalidArgumentError("It must be a whole number; --unlimited for no limit.");
}
