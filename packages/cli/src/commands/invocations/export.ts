/** `rejoin invocations export` */
import { resolve } from "node:path";
import type { Command } from "commander";
import type { Cli } from "../../cli.ts";

interface ExportOptions {
  readonly output?: string;
}

const HELP = `
The recording holds the input, every result and the state of the object as they are: whatever secrets
these have, it has. Look after it as you look after the server's data.

Examples:
  rejoin invocations export inv_1gdJBtdVEcM942bjcDmb1c1khoaJe11Hbz -o broken.json
  rejoin replay broken.json --entry src/app.ts`;

export function addExportInvocation(parent: Command, cli: Cli): void {
  parent
    .command("export")
    .summary("write an invocation's whole journal into a file")
    .description(
      "Write all that is known of an invocation, its journal with payloads, as a JSON document: a " +
        "recording, which `rejoin replay` runs.",
    )
    .argument("<id>", "the invocation's id")
    .option("-o, --output <file>", "write it here, instead of to stdout")
    .addHelpText("after", HELP)
    .action(async (id: string, { output }: ExportOptions) => {
      const { fetchRecording } = await import("../../replay/fetch-recording.ts");
      const { environment } = cli;
      const recording = await fetchRecording(cli.admin, id, environment.now());
      if (output === undefined) {
        cli.printJson(recording);
        return;
      }
      const text = `${JSON.stringify(recording, null, 2)}\n`;
      await environment.files.writeText(resolve(environment.cwd, output), text);
      const entries = `${recording.journal.length} journal entries`;
      cli.note(`wrote ${entries} of ${id} to ${output}; it holds their payloads, secrets included`);
    });
}
