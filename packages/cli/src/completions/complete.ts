/** What may come next on a command line that is being typed. */
import type { Command, Option } from "commander";
import { STATUSES } from "../commands/invocations/filter-options.ts";

export interface Suggestion {
  readonly value: string;
  readonly description: string;
}

/** What only the server, or the person's own set-up, can tell. */
export type DynamicKind = "service" | "object" | "handler" | "deployment" | "environment";

export interface CompletionSources {
  /** Never rejects. */
  readonly list: (kind: DynamicKind) => Promise<readonly Suggestion[]>;
}

export interface Completed {
  readonly suggestions: readonly Suggestion[];
  /** The shell may suggest files. */
  readonly withFiles: boolean;
}

interface Place {
  readonly command: Command;
  /** How many arguments come before the word that is being typed. */
  readonly position: number;
  /** The option whose value it is. */
  readonly option: Option | undefined;
}

const OPTION_VALUES: Readonly<Record<string, DynamicKind>> = {
  "--service": "service",
  "--deployment": "deployment",
  "--on-deployment": "deployment",
  "--environment": "environment",
};

/** By the path of the command and the name of the argument. */
const ARGUMENT_VALUES: readonly (readonly [RegExp, DynamicKind])[] = [
  [/^(?:call|send) target$/, "handler"],
  [/^invocations \S+ (?:target|query|id)$/, "handler"],
  [/^services .*name$/, "service"],
  [/^state \S+ service$/, "object"],
  [/^deployments \S+ id$/, "deployment"],
  [/^config use-environment name$/, "environment"],
];

/** `words` are those behind `rejoin`; the last one is being typed, and may be empty. */
export async function complete(
  program: Command,
  words: readonly string[],
  sources: CompletionSources,
): Promise<Completed> {
  const typed = words.at(-1) ?? "";
  const place = findPlace(program, words.slice(0, -1));
  const fitting = (all: readonly Suggestion[]): Completed => ({
    suggestions: all.filter(({ value }) => value.startsWith(typed)),
    withFiles: false,
  });
  if (place.option !== undefined) return fitting(await valuesOf(place.option, sources));
  if (typed.startsWith("-")) return fitting(optionsOf(place.command, program));
  const commands = place.command.createHelp().visibleCommands(place.command);
  if (commands.length > 0) {
    return fitting(commands.map((sub) => ({ value: sub.name(), description: sub.summary() })));
  }
  const argument = place.command.registeredArguments.at(
    Math.min(place.position, place.command.registeredArguments.length - 1),
  );
  if (argument === undefined) return fitting([]);
  const name = `${pathOf(place.command)} ${argument.name()}`;
  const kind = ARGUMENT_VALUES.find(([pattern]) => pattern.test(name))?.[1];
  if (kind !== undefined) return fitting(await sources.list(kind));
  return { suggestions: [], withFiles: typed.startsWith("@") || argument.name() === "app" };
}

/** Commands by their names, aliases and beginnings, as the program itself takes them. */
function findPlace(program: Command, words: readonly string[]): Place {
  let command = program;
  let position = 0;
  let option: Option | undefined;
  for (const word of words) {
    if (option !== undefined) {
      option = undefined;
      continue;
    }
    if (word.startsWith("-") && word !== "-") {
      const own = findOption(command, program, word);
      option = own?.required === true && !word.includes("=") ? own : undefined;
      continue;
    }
    const sub = command.commands.find((own) => own.name() === word || own.aliases().includes(word));
    if (sub === undefined) position++;
    else command = sub;
  }
  return { command, position, option };
}

function findOption(command: Command, program: Command, word: string): Option | undefined {
  const [flag = ""] = word.split("=", 1);
  return [...command.options, ...program.options].find(
    ({ long, short }) => flag === long || flag === short,
  );
}

async function valuesOf(
  option: Option,
  { list }: CompletionSources,
): Promise<readonly Suggestion[]> {
  const { long = "" } = option;
  const kind = OPTION_VALUES[long ?? ""];
  if (kind !== undefined) return list(kind);
  const words =
    long === "--status"
      ? STATUSES
      : long === "--completion-result"
        ? ["success", "failure"]
        : (option.argChoices ?? []);
  return words.map((value) => ({ value, description: "" }));
}

function optionsOf(command: Command, program: Command): readonly Suggestion[] {
  const own = command.createHelp().visibleOptions(command);
  const global = command === program ? [] : program.options.filter(({ hidden }) => !hidden);
  return [...own, ...global].flatMap(({ long, description }) =>
    long === undefined || long === null ? [] : [{ value: long, description }],
  );
}

/** Without the name of the program. */
function pathOf(command: Command): string {
  const { parent } = command;
  if (parent === null || parent === undefined) return "";
  const above = pathOf(parent);
  return above === "" ? command.name() : `${above} ${command.name()}`;
}
