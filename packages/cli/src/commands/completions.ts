/** `rejoin completions …`, and what the shells ask with each press of the tab key. */
import { join } from "node:path";
import { Argument, type Command } from "commander";
import type { Cli } from "../cli.ts";
import { CliError, declined, usageError } from "../cli-error.ts";
import { complete } from "../completions/complete.ts";
import {
  findShell,
  installationOf,
  SHELLS,
  type Shell,
  shellScript,
} from "../completions/shell-script.ts";
import { listSuggestions } from "../completions/sources.ts";

const NAME = "rejoin";
/** What the scripts understand: suggest files too, or only what is given. */
const WITH_FILES = 0;
const WITHOUT_FILES = 4;

export function addCompletions(parent: Command, cli: Cli): void {
  const group = parent
    .command("completions")
    .summary("complete commands with the tab key")
    .description("Completion of commands, options, services and deployments with the tab key.");
  const shell = () => new Argument("[shell]", "by default the one in SHELL").choices([...SHELLS]);
  group
    .command("generate")
    .summary("print the script for a shell")
    .description("Print the script that a shell has to load.")
    .addArgument(shell())
    .addHelpText("after", "\nExamples:\n  source <(rejoin completions generate bash)")
    .action(async (given: Shell | undefined) => {
      cli.print(await shellScript(toShell(cli, given), NAME));
    });
  group
    .command("install")
    .summary("put the script where the shell finds it")
    .description("Put the script where the shell finds it.")
    .addArgument(shell())
    .option("-y, --yes", "do not ask")
    .action((given: Shell | undefined, options: { readonly yes?: boolean }) =>
      install(cli, toShell(cli, given), options),
    );
  parent
    .command("complete", { hidden: true })
    .argument("[words...]")
    .allowUnknownOption()
    .action(async (words: readonly string[]) => {
      const list = (kind: Parameters<typeof listSuggestions>[1]) => listSuggestions(cli, kind);
      const { suggestions, withFiles } = await complete(parent, words, { list });
      for (const { value, description } of suggestions) cli.print(`${value}\t${description}`);
      cli.print(`:${withFiles ? WITH_FILES : WITHOUT_FILES}`);
    });
}

function toShell({ environment }: Cli, given: Shell | undefined): Shell {
  const shell = given ?? findShell(environment.variables);
  if (shell !== undefined) return shell;
  throw usageError("it is not clear which shell you use", `say one of ${SHELLS.join(", ")}`);
}

async function install(cli: Cli, shell: Shell, options: { readonly yes?: boolean }): Promise<void> {
  const { files, variables } = cli.environment;
  const home = variables.HOME || variables.USERPROFILE;
  const installation = installationOf(shell);
  if (home === undefined || installation === undefined) {
    throw new CliError(`the script for ${shell} cannot be put in its place from here`, {
      hint: `put the output of \`rejoin completions generate ${shell}\` into the profile of ${shell}`,
    });
  }
  const path = join(home, installation.file);
  const { loader } = installation;
  const loaderPath = loader && join(home, loader.file);
  const before =
    loaderPath && (await files.exists(loaderPath)) ? await files.readText(loaderPath) : "";
  const mustLoad = loader !== undefined && !before.includes(loader.line);
  cli.note(`${path} is written${mustLoad ? `, and a line is added to ${loaderPath}` : ""}`);
  if (!(await cli.confirm("Go on?", options))) throw declined();
  await files.writeText(path, await shellScript(shell, NAME));
  if (mustLoad && loaderPath) {
    const gap = before === "" || before.endsWith("\n") ? "" : "\n";
    await files.writeText(loaderPath, `${before}${gap}${loader.line}\n`);
  }
  cli.note("installed: open a new shell");
}
