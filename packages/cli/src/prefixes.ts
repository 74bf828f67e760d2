/**
 * Subcommands by the beginning of their names: `rejoin dep li` is `rejoin deployments list`. A
 * beginning that fits two of them is an error that names both.
 */
import type { Command } from "commander";
import { usageError } from "./cli-error.ts";
import { nearest } from "./config/nearest.ts";

/** Makes every beginning that fits one subcommand only a name of it, down the whole tree. */
export function acceptPrefixes(command: Command): void {
  const visible = visibleCommands(command);
  const shown = new Map(visible.map((sub) => [sub, [...sub.aliases()]]));
  const taken = new Set(command.commands.flatMap(namesOf));
  for (const [prefix, sub] of uniquePrefixes(visible, taken)) sub.alias(prefix);
  command.configureHelp({
    ...command.configureHelp(),
    subcommandTerm: (sub) => {
      const [alias] = shown.get(sub) ?? [];
      return alias === undefined ? sub.name() : `${sub.name()}, ${alias}`;
    },
    commandUsage: (own) => `${pathOf(own)} ${own.usage()}`,
  });
  if (command.commands.length > 0) refuseOthers(command, shown);
  for (const sub of command.commands) acceptPrefixes(sub);
}

/** Those that the help shows. */
function visibleCommands(command: Command): readonly Command[] {
  const visible = command.createHelp().visibleCommands(command);
  return command.commands.filter((sub) => visible.includes(sub));
}

function uniquePrefixes(
  commands: readonly Command[],
  taken: ReadonlySet<string>,
): ReadonlyMap<string, Command> {
  const owners = new Map<string, Set<Command>>();
  for (const command of commands) {
    for (const name of namesOf(command)) {
      for (let length = 1; length < name.length; length++) {
        const prefix = name.slice(0, length);
        if (!taken.has(prefix)) owners.set(prefix, (owners.get(prefix) ?? new Set()).add(command));
      }
    }
  }
  const unique = new Map<string, Command>();
  for (const [prefix, [owner, ...others]] of owners) {
    if (owner !== undefined && others.length === 0) unique.set(prefix, owner);
  }
  return unique;
}

/** Commander would show the help of the parent, or guess. */
function refuseOthers(command: Command, shown: ReadonlyMap<Command, readonly string[]>): void {
  command.on("command:*", ([name = ""]: readonly string[]) => {
    const names = [...shown].flatMap(([sub, aliases]) => [sub.name(), ...aliases]);
    const fitting = names.filter((known) => known.startsWith(name));
    const what = fitting.length > 1 ? "ambiguous" : "unknown";
    const choice = fitting.length > 1 ? fitting : [...shown.keys()].map((sub) => sub.name());
    const guess = fitting.length > 1 ? undefined : nearest(name, choice);
    const say = guess === undefined ? `say ${orList(choice)}` : `did you mean ${guess}?`;
    throw usageError(
      `${what} command ${JSON.stringify(name)} of ${pathOf(command)}: ${say}`,
      `see ${pathOf(command)} --help`,
    );
  });
}

function namesOf(command: Command): readonly string[] {
  return [command.name(), ...command.aliases()];
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

/** `a, b or c`. */
export function orList(names: readonly string[]): string {
  const last = names.at(-1) ?? "";
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} or ${last}`;
}
