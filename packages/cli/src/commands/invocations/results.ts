/** `rejoin invocations attach` and `rejoin invocations output`: how an invocation has ended. */
import type { Command } from "commander";
import type { Cli } from "../../cli.ts";
import { CliError, EXIT } from "../../cli-error.ts";
import { awaitOutcome, printOutcome } from "../call/outcome.ts";
import { resolveOne } from "./query.ts";

const EXIT_HELP = `
The result goes to stdout as it is. Exits with 5 if the invocation has failed.`;

export function addResults(parent: Command, cli: Cli): void {
  parent
    .command("attach")
    .summary("wait for an invocation, and print its result")
    .description("Wait until an invocation has ended, and print its result.")
    .argument("<id>", "the invocation's id, or a target that has only one")
    .option("--json", "print the id and how it has ended as JSON")
    .addHelpText(
      "after",
      `${EXIT_HELP}\n\nExamples:\n  rejoin invocations attach inv_1gdJBtdVEcM942bjcDmb1c1khoaJe11Hbz`,
    )
    .action(async (query: string, options: { readonly json?: boolean }) => {
      const id = await resolveOne(cli, query);
      printOutcome(cli, { id, outcome: await awaitOutcome(cli, id) }, options);
    });
  parent
    .command("output")
    .summary("print the result of an invocation that has completed")
    .description("Print the result of an invocation, without waiting for it.")
    .argument("<id>", "the invocation's id, or a target that has only one")
    .option("--json", "print the id and how it has ended as JSON")
    .addHelpText(
      "after",
      `${EXIT_HELP.trimEnd()} Exits with 6 if it has not completed yet.

Examples:
  rejoin invocations output inv_1gdJBtdVEcM942bjcDmb1c1khoaJe11Hbz`,
    )
    .action(async (query: string, options: { readonly json?: boolean }) => {
      const id = await resolveOne(cli, query);
      const outcome = await cli.ingress.output(id);
      if (outcome.kind === "not-ready" && options.json !== true) {
        throw new CliError(`${id} has not completed yet`, {
          exitCode: EXIT.notReady,
          hint: "`rejoin invocations attach` waits for it",
        });
      }
      printOutcome(cli, { id, outcome }, options);
    });
}
