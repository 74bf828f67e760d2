/** `rejoin state get` */
import type { Command } from "commander";
import type { Cli } from "../../cli.ts";
import { addOutputOptions, type OutputOptions } from "../../output/output-options.ts";
import { show } from "../../output/show.ts";
import { renderState } from "../../render/state.ts";
import { nameOf } from "./change-state.ts";
import { type ObjectName, readState, type State, versionOf } from "./read-state.ts";
import { toDocument } from "./state-document.ts";

interface GetOptions extends OutputOptions {
  readonly scope?: string;
  readonly plain?: boolean;
  readonly binary?: boolean;
}

export function addGetState(parent: Command, cli: Cli): void {
  const command = parent
    .command("get")
    .summary("print the state of an object")
    .description("Print the state of an object: its values by name.")
    .argument("<service>", "the virtual object or workflow")
    .argument("<key>", "its key")
    .option("--scope <scope>", "of the object in this scope")
    .option("-p, --plain", "print the values only, as one JSON object")
    .option("--binary", "print values in base64, also those that are no JSON");
  addOutputOptions(command, { watch: true })
    .addHelpText(
      "after",
      `
Examples:
  rejoin state get cart ada
  rejoin state get cart ada --plain | jq .items`,
    )
    .action(async (service: string, key: string, options: GetOptions) => {
      const { plain = false, binary = false, scope } = options;
      const object: ObjectName = { service, key, scope };
      await show<State>(cli, plain ? { ...options, json: true } : options, {
        fetch: () => readState(cli.admin, object),
        toText: (state, colours) => renderState(state, binary, colours),
        toJson: (state) => {
          if (plain) return toDocument(state, binary);
          return { ...nameOf(object), version: versionOf(state), state: toDocument(state, binary) };
        },
        toNotes: (state) => (state.length === 0 ? [`${service}/${key} has no state`] : []),
      });
    });
}
