/**
 * Subcommands by the beginning of their names: `rejoin dep li` is `rejoin deployments list`. A
 * beginning that fits two of them is an error that names both.
 */
import type { Command } from "commander";
import { usageError } from "./cli-error.ts";

/** Makes every beginning that fits one subcommand only a name of it, down the whole tree. */
export function acceptPrefixes(command: Command): void {
  const shown = new Map(command.commands.map((sub) => [sub, [...sub.aliases()]]));
  for (const [prefix, sub] of uniquePrefixes(command.commands)) sub.alias(prefix);
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

function uniquePrefixes(commands: readonly Command[]): ReadonlyMap<string, Command> {
  const owners = new Map<string, Set<Command>>();
  const exact = new Set(commands.flatMap(namesOf));
  for (const command of commands) {
    for (const name of namesOf(command)) {
      for (let length = 1; length < name.length; length++) {
        const prefix = name.slice(0, length);
        if (!exact.has(prefix)) owners.set(prefix, (owners.get(prefix) ?? new Set()).add(command));
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
    const choice = fitting.length > 1 ? fitting : command.commands.map((sub) => sub.name());
    throw usageError(
      `${what} command ${JSON.stringify(name)} of ${pathOf(command)}: say ${orList(choice)}`,
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
