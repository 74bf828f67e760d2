/** Texts on the command line, or from a file, or from stdin. */
import { resolve } from "node:path";
import type { Cli } from "../cli.ts";
import { usageError } from "../cli-error.ts";
import { readInput } from "./read-input.ts";

/** The text itself; `@path` for a file's, `-` for all of stdin. */
export async function readBody(cli: Cli, text: string): Promise<string> {
  if (text === "-") return readInput(cli, "the text");
  if (!text.startsWith("@")) return text;
  const path = resolve(cli.environment.cwd, text.slice(1));
  try {
    return await cli.environment.files.readText(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw usageError(`${path} cannot be read: ${reason}`, "@ is followed by the path of a file");
  }
}
