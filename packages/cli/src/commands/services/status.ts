/** `rejoin services status`: what waits and what runs, by handler, and which keys are held. */
import type {
  AdminClient,
  InvocationGroup,
  InvocationResource,
  InvocationStatusName,
  ObjectResource,
} from "@rejoin/client";
import type { Command } from "commander";
import type { Cli } from "../../cli.ts";
import { addOutputOptions, type OutputOptions } from "../../output/output-options.ts";
import { show } from "../../output/show.ts";
import type { Colours } from "../../render/colours.ts";
import { paintStatus, renderInvocationList } from "../../render/invocations.ts";
import { formatTable, indent } from "../../render/table.ts";
import { formatSpan } from "../../render/time.ts";
import { ACTIVE } from "../invocations/filter-options.ts";
import { parseLimit } from "../invocations/limit.ts";
import { listObjects } from "../state/list-objects.ts";

interface StatusOptions extends OutputOptions {
  readonly keys: number;
  readonly invocations: number;
}

export interface ServiceStatus {
  readonly groups: readonly InvocationGroup[];
  /** Services that have no invocations now are shown too. */
  readonly handlers: readonly { readonly service: string; readonly handler: string }[];
  readonly keys: readonly (ObjectResource & { readonly service: string })[];
  readonly invocations: readonly InvocationResource[];
  readonly complete: boolean;
}

const GROUPS_MAX = 1000;
/** Objects are looked at one by one. */
const OBJECTS_MAX = 5000;

export function addServiceStatus(parent: Command, cli: Cli): void {
  const command = parent
    .command("status")
    .summary("show what waits and what runs of each handler")
    .description("Show what waits and what runs of each handler, which keys are held, and by what.")
    .argument("[name]", "one service, with its keys and its newest invocations")
    .option("--keys <count>", "at most so many keys that are held or waited for", parseLimit, 10)
    .option("--invocations <count>", "at most so many of its invocations", parseLimit, 10);
  addOutputOptions(command, { watch: true })
    .addHelpText(
      "after",
      "\nExamples:\n  rejoin services status\n  rejoin services status cart --watch 2",
    )
    .action(async (name: string | undefined, options: StatusOptions) => {
      await show<ServiceStatus>(cli, options, {
        fetch: () => fetchStatus(cli.admin, name, options),
        toText: (status, colours) => renderStatus(status, cli.environment.now(), colours),
        toNotes: ({ complete }) =>
          complete ? [] : ["only the newest were looked at: the server has no SQL installed"],
      });
    });
}

async function fetchStatus(
  admin: AdminClient,
  name: string | undefined,
  options: StatusOptions,
): Promise<ServiceStatus> {
  const services = name === undefined ? await admin.listServices() : [await admin.getService(name)];
  const filter = { status: ACTIVE, ...(name === undefined ? {} : { service: name }) };
  const [summary, page] = await Promise.all([
    admin.summarizeInvocations({
      ...filter,
      group_by: ["service", "handler", "status"],
      limit: GROUPS_MAX,
    }),
    name === undefined
      ? undefined
      : admin.listInvocations({ service: name, limit: options.invocations }),
  ]);
  const [service] = services;
  const isKeyed = name !== undefined && service !== undefined && service.ty !== "Service";
  const keys = isKeyed ? await busiestKeys(admin, service.name, options.keys) : [];
  return {
    groups: summary.groups,
    handlers: services.flatMap((own) =>
      own.handlers.map((handler) => ({ service: own.name, handler: handler.name })),
    ),
    keys,
    invocations: page?.invocations ?? [],
    complete: summary.complete,
  };
}

async function busiestKeys(
  admin: AdminClient,
  service: string,
  limit: number,
): Promise<ServiceStatus["keys"]> {
  const { objects } = await listObjects(admin, service, { limit: OBJECTS_MAX });
  return objects
    .filter(({ locked_by, inbox_length }) => locked_by !== undefined || inbox_length > 0)
    .sort((a, b) => b.inbox_length - a.inbox_length)
    .slice(0, limit)
    .map((object) => ({ ...object, service }));
}

export function renderStatus(status: ServiceStatus, now: number, colours: Colours): string {
  const names = new Set(status.handlers.map(({ service, handler }) => `${service}/${handler}`));
  for (const { service = "", handler = "" } of status.groups) names.add(`${service}/${handler}`);
  if (names.size === 0) return "there are no services yet\n";
  const rows = [...names].sort().map((name) => rowOf(name, status.groups, now, colours));
  const head = ["HANDLER", ...ACTIVE.map((own) => own.toUpperCase()), "OLDEST"];
  const blocks = [formatTable(head, rows, colours)];
  if (status.keys.length > 0) {
    const keys = status.keys.map((own) => [own.key, own.inbox_length, own.locked_by ?? ""]);
    const table = formatTable(["KEY", "WAITING", "HELD BY"], keys, colours);
    blocks.push(`${colours.bold("busy keys")}\n${indent(table)}`);
  }
  if (status.invocations.length > 0) {
    const list = renderInvocationList(status.invocations, colours);
    blocks.push(`${colours.bold("newest invocations")}\n${indent(list)}`);
  }
  return blocks.join("\n");
}

function rowOf(
  name: string,
  groups: readonly InvocationGroup[],
  now: number,
  colours: Colours,
): readonly (string | number)[] {
  const own = groups.filter(({ service, handler }) => `${service}/${handler}` === name);
  const counts = ACTIVE.map((status) => {
    const count = own.find((group) => group.status === status)?.count ?? 0;
    return count === 0 ? colours.dim("0") : painted(status, count, colours);
  });
  const created = own.map((group) => Date.parse(group.oldest_created_at));
  const oldest = created.length === 0 ? "" : formatSpan(now - Math.min(...created));
  return [name, ...counts, oldest];
}

function painted(status: InvocationStatusName, count: number, colours: Colours): string {
  return paintStatus(status, colours).replace(status, String(count));
}
