/** A text in the person's editor. */
import { join } from "node:path";
import type { Cli } from "../cli.ts";
import { CliError, usageError } from "../cli-error.ts";

const VARIABLES = ["REJOIN_EDITOR", "RESTATE_EDITOR", "VISUAL", "EDITOR"];
const FALLBACK = "vi";

export interface EditOptions<T> {
  readonly fileName: string;
  readonly text: string;
  /** Throws an error that says what is wrong with the text. */
  readonly parse: (text: string) => T | Promise<T>;
}

/**
 * What the person makes of the text; `undefined` if they leave it as it is. A text that is wrong can
 * be opened again, as it was left.
 */
export async function editText<T>(cli: Cli, options: EditOptions<T>): Promise<T | undefined> {
  const { environment } = cli;
  if (!environment.canAsk) {
    throw usageError("there is no terminal for an editor", "`patch` changes without one");
  }
  const directory = await environment.files.makeTemporaryDirectory("rejoin-edit-");
  const path = join(directory, options.fileName);
  try {
    await environment.files.writeText(path, options.text);
    for (;;) {
      await openEditor(cli, path);
      const text = await environment.files.readText(path);
      if (text === options.text) return undefined;
      try {
        return await options.parse(text);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        cli.note(`${cli.noteColours.red("error:")} ${reason}`);
        if (!(await environment.confirm("Open it again?"))) {
          throw new CliError("nothing was changed", { cause: error });
        }
      }
    }
  } finally {
    await environment.files.remove(directory);
  }
}

/** Opens a file that stays where it is. */
export async function openEditor(cli: Cli, path: string): Promise<void> {
  const { variables } = cli.environment;
  const variable = VARIABLES.find(
    (name) => variables[name] !== undefined && variables[name] !== "",
  );
  const editor = (variable && variables[variable]) || FALLBACK;
  try {
    await cli.environment.edit(editor, path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliError(`the editor failed: ${reason}`, {
      cause: error,
      hint: `set ${VARIABLES.filter((name) => !name.startsWith("RESTATE")).join(", or ")}`,
    });
  }
}
