/** `rejoin services config …`: what is set on a service. */
import type { HandlerResource, ServiceChange, ServiceResource } from "@rejoin/client";
import { type Command, InvalidArgumentError } from "commander";
import type { Cli } from "../../cli.ts";
import { declined, usageError } from "../../cli-error.ts";
import { parseDuration } from "../../config/duration.ts";
import { editText } from "../../input/editor.ts";
import { addOutputOptions, type OutputOptions } from "../../output/output-options.ts";
import { show } from "../../output/show.ts";
import type { Colours } from "../../render/colours.ts";
import { formatTable } from "../../render/table.ts";
import { assertSetting, changeBetween, SETTINGS, settingsOf } from "./settings.ts";

interface ChangeOptions {
  readonly yes?: boolean;
  readonly json?: boolean;
}

interface PatchOptions extends ChangeOptions {
  readonly public?: boolean;
  readonly idempotencyRetention?: string;
  readonly workflowCompletionRetention?: string;
  readonly journalRetention?: string;
  readonly inactivityTimeout?: string;
  readonly abortTimeout?: string;
  readonly concurrencyLimit?: number | null;
}

const NOTE = `
It holds for the newest revision, and until the service is registered again with other settings.`;

export function addServiceConfig(parent: Command, cli: Cli): void {
  const group = parent
    .command("config")
    .summary("see and change what is set on a service")
    .description("See and change what is set on a service.");
  addView(group, cli);
  addEdit(group, cli);
  addPatch(group, cli);
}

function addView(group: Command, cli: Cli): void {
  const command = group
    .command("view")
    .alias("get")
    .summary("show what is set on a service, and what it means")
    .description("Show what is set on a service and on its handlers, and what it means.")
    .argument("<name>", "the service's name");
  addOutputOptions(command).action(async (name: string, options: OutputOptions) => {
    await show<ServiceResource>(cli, options, {
      fetch: () => cli.admin.getService(name),
      toText: renderSettings,
      toJson: (service) => ({
        service: service.name,
        ...settingsOf(service),
        handlers: Object.fromEntries(service.handlers.map((own) => [own.name, ofHandler(own)])),
      }),
    });
  });
}

function ofHandler(handler: HandlerResource): Readonly<Record<string, unknown>> {
  return settingsOf(handler as unknown as ServiceResource);
}

function renderSettings(service: ServiceResource, colours: Colours): string {
  const rows = SETTINGS.map(({ name, meaning }) => [
    name,
    formatSetting(service[name]),
    colours.dim(meaning),
  ]);
  const own = formatTable(["SETTING", "VALUE", "MEANING"], rows, colours);
  const handlers = service.handlers.flatMap((handler) =>
    Object.entries(ofHandler(handler))
      .filter(([name, value]) => formatSetting(value) !== formatSetting(service[name as "public"]))
      .map(([name, value]) => [handler.name, name, formatSetting(value)])
      .filter(([, , value]) => value !== ""),
  );
  if (handlers.length === 0) return own;
  return `${own}\n${formatTable(["HANDLER", "SETTING", "VALUE"], handlers, colours)}`;
}

function formatSetting(value: unknown): string {
  if (value === undefined || value === null) return "-";
  if (typeof value !== "object") return String(value);
  const pairs = Object.entries(value).filter(([, own]) => own !== null && own !== undefined);
  return pairs.map(([name, own]) => `${name} ${own}`).join(", ");
}

function addEdit(group: Command, cli: Cli): void {
  group
    .command("edit")
    .summary("change what is set on a service in your editor")
    .description("Change what is set on a service, as TOML, in your editor.")
    .argument("<name>", "the service's name")
    .option("-y, --yes", "do not ask")
    .option("--json", "print the service as JSON")
    .addHelpText("after", NOTE)
    .action(async (name: string, options: ChangeOptions) => {
      const toml = await import("smol-toml");
      const service = await cli.admin.getService(name);
      const before = toTomlValues(settingsOf(service));
      const after = await editText(cli, {
        fileName: "service.toml",
        text: `${toComments()}\n${toml.stringify(before)}`,
        parse: (text) => {
          const values = toml.parse(text);
          for (const [setting, value] of Object.entries(values)) assertSetting(setting, value);
          return values;
        },
      });
      await change(cli, service, changeBetween(before, after ?? before), options);
    });
}

/** TOML knows no null: what is not limited is left out. */
function toTomlValues(
  values: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const text = JSON.stringify(values, (_key, value: unknown) =>
    value === null ? undefined : value,
  );
  return JSON.parse(text) as Readonly<Record<string, unknown>>;
}

function toComments(): string {
  const lines = SETTINGS.map(({ name, meaning }) => `# ${name}: ${meaning}`);
  return `${lines.join("\n")}\n`;
}

function addPatch(group: Command, cli: Cli): void {
  group
    .command("patch")
    .summary("change what is set on a service")
    .description("Change what is set on a service; what is not named stays as it is.")
    .argument("<name>", "the service's name")
    .option("--public <boolean>", "true: the ingress offers it", parseBoolean)
    .option("--idempotency-retention <duration>", "of results with an idempotency key", toDuration)
    .option("--workflow-completion-retention <duration>", "of results of a workflow", toDuration)
    .option("--journal-retention <duration>", "of journals", toDuration)
    .option("--inactivity-timeout <duration>", "until an attempt is asked to suspend", toDuration)
    .option("--abort-timeout <duration>", "until it is then aborted", toDuration)
    .option("--concurrency-limit <count>", "that may run at a time, or none", parseConcurrency)
    .option("-y, --yes", "do not ask")
    .option("--json", "print the service as JSON")
    .addHelpText(
      "after",
      `${NOTE}

Examples:
  rejoin services config patch orders --public false
  rejoin services config patch orders --journal-retention 7d --concurrency-limit 50 --yes`,
    )
    .action(async (name: string, options: PatchOptions) => {
      const change_ = toChange(options);
      if (Object.keys(change_).length === 0) {
        throw usageError("nothing to change", "see rejoin services config patch --help");
      }
      await change(cli, await cli.admin.getService(name), change_, options);
    });
}

function toChange(options: PatchOptions): ServiceChange {
  const members = {
    public: options.public,
    idempotency_retention: options.idempotencyRetention,
    workflow_completion_retention: options.workflowCompletionRetention,
    journal_retention: options.journalRetention,
    inactivity_timeout: options.inactivityTimeout,
    abort_timeout: options.abortTimeout,
    concurrency_limit: options.concurrencyLimit,
  };
  const given = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as ServiceChange;
}

async function change(
  cli: Cli,
  service: ServiceResource,
  wanted: ServiceChange,
  options: ChangeOptions,
): Promise<void> {
  const names = Object.keys(wanted) as (keyof ServiceChange & keyof ServiceResource)[];
  if (names.length === 0) {
    if (options.json === true) cli.printJson(service);
    return cli.note("nothing was changed");
  }
  const rows = names.map((name) => [
    name,
    formatSetting(service[name]),
    formatSetting(wanted[name]),
  ]);
  cli.note(formatTable(["SETTING", "NOW", "NEW"], rows, cli.noteColours));
  if (!(await cli.confirm(`Change ${service.name}?`, options))) throw declined();
  const next = await cli.admin.changeService(service.name, wanted);
  if (options.json === true) return cli.printJson(next);
  cli.print(renderSettings(next, cli.colours));
}

function parseBoolean(text: string): boolean {
  if (text === "true" || text === "false") return text === "true";
  throw new InvalidArgumentError("It must be true or false.");
}

function toDuration(text: string): string {
  if (parseDuration(text) !== undefined) return text;
  throw new InvalidArgumentError("Write it as 90s, 10m, 2h or 1d.");
}

function parseConcurrency(text: string): number | null {
  if (text === "none") return null;
  const count = Number(text);
  if (text.trim() !== "" && Number.isInteger(count) && count >= 1) return count;
  throw new InvalidArgumentError("It must be a whole number, at least 1, or none.");
}
