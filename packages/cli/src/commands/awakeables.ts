/** `rejoin awakeables …`: completes what an invocation waits for. */
import type { Command } from "commander";
import type { Cli } from "../cli.ts";
import { readBody } from "../input/read-body.ts";

const NOTE = "accepted: whoever waits for it goes on";

export function addAwakeables(parent: Command, cli: Cli): void {
  const group = parent
    .command("awakeables")
    .alias("aw")
    .summary("resolve or reject awakeables")
    .description(
      "An awakeable is what an invocation waits for until something outside completes it.",
    );
  group
    .command("resolve")
    .summary("complete an awakeable with a value")
    .description("Complete an awakeable with a value; only the first completion counts.")
    .argument("<id>", "the awakeable's id, as its handler has it")
    .argument("[value]", "the value: JSON, @file, or - for stdin")
    .option("--content-type <type>", "what the value is", "application/json")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
Examples:
  rejoin awakeables resolve sign_1NLJtiGvOzP4BnFUbZqHfUQ9PGTiZSJdMAAAAEQ '"approved"'
  rejoin awakeables resolve sign_1NLJtiGvOzP4BnFUbZqHfUQ9PGTiZSJdMAAAAEQ @answer.json`,
    )
    .action(async (id: string, value: string | undefined, options: ResolveOptions) => {
      const body = value === undefined ? "" : await readBody(cli, value);
      await cli.ingress.completeAwakeable(id, "resolve", body, options.contentType);
      if (options.json === true) return cli.printJson({ awakeable_id: id, accepted: true });
      cli.note(NOTE);
    });
  group
    .command("reject")
    .summary("complete an awakeable with a failure")
    .description("Complete an awakeable with a failure; only the first completion counts.")
    .argument("<id>", "the awakeable's id, as its handler has it")
    .argument("[reason]", "the message of the failure", "rejected")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
Examples:
  rejoin awakeables reject sign_1NLJtiGvOzP4BnFUbZqHfUQ9PGTiZSJdMAAAAEQ "declined by Bea"`,
    )
    .action(async (id: string, reason: string, options: { readonly json?: boolean }) => {
      await cli.ingress.completeAwakeable(id, "reject", reason, "text/plain");
      if (options.json === true) return cli.printJson({ awakeable_id: id, accepted: true });
      cli.note(NOTE);
    });
}

interface ResolveOptions {
  readonly contentType: string;
  readonly json?: boolean;
}
