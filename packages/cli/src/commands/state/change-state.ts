/** Shows what a change of state is, asks, and submits it. */
import { ClientError } from "@rejoin/client";
import type { Cli } from "../../cli.ts";
import { CliError, declined } from "../../cli-error.ts";
import type { Colours } from "../../render/colours.ts";
import { type ObjectName, type State, versionOf } from "./read-state.ts";
import { differenceOf, type StateDifference } from "./state-document.ts";

export interface ChangeStateOptions {
  /** Whatever the state is by then. */
  readonly force?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export interface StateChangeRequest {
  readonly object: ObjectName;
  readonly before: State;
  readonly after: State;
}

export const ASYNCHRONOUS = `
While an exclusive handler has the object, the change waits for its turn. It is made only if the state
is still as it was read; --force makes it whatever the state is by then.`;

/** Tells whether there was anything to change. */
export async function changeState(
  cli: Cli,
  { object, before, after }: StateChangeRequest,
  options: ChangeStateOptions,
): Promise<void> {
  const name = `${object.service}/${object.key}`;
  const difference = differenceOf(before, after);
  const { added, changed, removed } = difference;
  if (added.length + changed.length + removed.length === 0) {
    if (options.json === true) cli.printJson({ ...nameOf(object), outcome: "unchanged" });
    return cli.note(`the state of ${name} is that already: nothing was changed`);
  }
  cli.note(`the state of ${name}:\n${renderDifference(difference, cli.noteColours)}`);
  if (!(await cli.confirm("Change it?", options))) throw declined();
  await submit(cli, { object, before, after }, options);
  if (options.json === true) {
    return cli.printJson({ ...nameOf(object), outcome: "submitted", ...difference });
  }
  cli.note(`submitted: ${name}`);
}

export async function submit(
  cli: Cli,
  { object, before, after }: StateChangeRequest,
  { force }: ChangeStateOptions,
): Promise<void> {
  const members = after.map(({ key, value }) => [key, [...value]] as const);
  try {
    await cli.admin.replaceState(object.service, {
      object_key: object.key,
      new_state: Object.fromEntries(members),
      ...(force === true ? {} : { version: versionOf(before) }),
      ...(object.scope === undefined ? {} : { scope: object.scope }),
    });
  } catch (error) {
    if (!(error instanceof ClientError) || error.status !== 409) throw error;
    throw new CliError(`${error.message}`, {
      cause: error,
      hint: "the state has changed since it was read: look again, or say --force",
    });
  }
}

export function nameOf({ service, key, scope }: ObjectName): object {
  return { service, key, ...(scope === undefined ? {} : { scope }) };
}

export function renderDifference(
  { added, changed, removed }: StateDifference,
  colours: Colours,
): string {
  return [
    ...added.map((key) => colours.green(`  ++ ${key}`)),
    ...changed.map((key) => colours.yellow(`  ~~ ${key}`)),
    ...removed.map((key) => colours.red(`  -- ${key}`)),
  ].join("\n");
}
