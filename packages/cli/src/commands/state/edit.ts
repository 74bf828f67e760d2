/** `rejoin state edit` */
import type { Command } from "commander";
import type { Cli } from "../../cli.ts";
import { editText } from "../../input/editor.ts";
import { ASYNCHRONOUS, type ChangeStateOptions, changeState } from "./change-state.ts";
import { type ObjectName, readState } from "./read-state.ts";
import { fromDocument, toDocument } from "./state-document.ts";

export interface EditOptions extends ChangeStateOptions {
  readonly scope?: string;
  readonly binary?: boolean;
}

export function addEditState(parent: Command, cli: Cli): void {
  parent
    .command("edit")
    .summary("change the state of an object in your editor")
    .description("Change the state of an object, as a JSON object, in your editor.")
    .argument("<service>", "the virtual object or workflow")
    .argument("<key>", "its key")
    .option("--scope <scope>", "of the object in this scope")
    .option("--binary", "values as base64, also those that are no JSON")
    .option("-f, --force", "whatever the state is by then")
    .option("-y, --yes", "do not ask")
    .option("--json", "print what was changed as JSON")
    .addHelpText("after", `${ASYNCHRONOUS}\n\nExamples:\n  rejoin state edit cart ada`)
    .action(async (service: string, key: string, options: EditOptions) => {
      const object: ObjectName = { service, key, scope: options.scope };
      const binary = options.binary === true;
      const before = await readState(cli.admin, object);
      const text = `${JSON.stringify(toDocument(before, binary), null, 2)}\n`;
      const after = await editText(cli, {
        fileName: "state.json",
        text,
        parse: (edited) => fromDocument(JSON.parse(edited), before, binary),
      });
      await changeState(cli, { object, before, after: after ?? before }, options);
    });
}
