/** What is piped into a command. */
import type { Cli } from "../cli.ts";
import { usageError } from "../cli-error.ts";

/** All of stdin; a person at a terminal would not know that it is waited for. */
export async function readInput(cli: Cli, what: string): Promise<string> {
  try {
    return await cli.environment.readInput();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw usageError(`- reads ${what} from stdin, which is a terminal`, "pipe something into it");
  }
}
