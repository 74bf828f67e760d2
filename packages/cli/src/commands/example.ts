/** `rejoin example` */
import { resolve } from "node:path";
import type { Command } from "commander";
import type { Cli } from "../cli.ts";
import { CliError } from "../cli-error.ts";
import { copyExample } from "../examples/copy-example.ts";
import { type Example, findExamples } from "../examples/find-examples.ts";
import { orList } from "../prefixes.ts";
import { formatTable } from "../render/table.ts";

interface ExampleOptions {
  readonly outputDirectory?: string;
  readonly json?: boolean;
}

const HELP = `
The examples are part of this program: no network is needed.

Examples:
  rejoin example
  rejoin example parallelizing-work
  rejoin example parallelizing-work --output-directory my-project`;

export function addExample(parent: Command, cli: Cli): void {
  parent
    .command("example")
    .summary("list the examples, or copy one")
    .description("Copy an example into a new directory; without a name, list what there is.")
    .argument("[name]", "the example's name")
    .option("-o, --output-directory <directory>", "where to, instead of ./<name>")
    .option("--json", "print the list as JSON")
    .addHelpText("after", HELP)
    .action(async (name: string | undefined, options: ExampleOptions) => {
      const examples = await findExamples(cli.environment);
      if (name === undefined) list(cli, examples, options.json === true);
      else await copy(cli, pick(examples, name), options);
    });
}

function list(cli: Cli, examples: readonly Example[], json: boolean): void {
  if (json) {
    const shown = examples.map(({ name, description }) => ({ name, description }));
    return cli.printJson({ examples: shown });
  }
  const rows = examples.map(({ name, description }) => [name, description]);
  cli.print(formatTable(["NAME", "DESCRIPTION"], rows, cli.colours));
  cli.note("`rejoin example <name>` copies one");
}

function pick(examples: readonly Example[], name: string): Example {
  const found = examples.find((example) => example.name === name.toLowerCase());
  if (found !== undefined) return found;
  const names = examples.map((example) => example.name);
  throw new CliError(`there is no example ${JSON.stringify(name)}`, {
    hint: names.length === 0 ? "this package has no examples" : `say ${orList(names)}`,
  });
}

async function copy(cli: Cli, example: Example, options: ExampleOptions): Promise<void> {
  const { environment } = cli;
  const shown = options.outputDirectory ?? example.name;
  const target = resolve(environment.cwd, shown);
  if (await environment.files.exists(target)) {
    throw new CliError(`${shown} exists already`, {
      hint: "--output-directory names another directory",
    });
  }
  const paths = await copyExample(environment, example, target);
  cli.print(paths.map((path) => `${shown}/${path}`).join("\n"));
  cli.note(`next: cd ${shown} && npm install; README.md says how to run it`);
}
