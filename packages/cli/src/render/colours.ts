/** Colours for a stream: none unless a person looks at it. */
import pc from "picocolors";
import type { CliEnvironment, OutputStream } from "../environment/cli-environment.ts";

export type Colours = ReturnType<typeof pc.createColors>;

/** `NO_COLOR` turns them off, `CLICOLOR_FORCE` and `FORCE_COLOR` on; else the stream decides. */
export function createColours(
  { variables }: Pick<CliEnvironment, "variables">,
  stream: OutputStream,
): Colours {
  return pc.createColors(hasColours(variables, stream));
}

function hasColours(variables: CliEnvironment["variables"], stream: OutputStream): boolean {
  const isSet = (name: string) => variables[name] !== undefined && variables[name] !== "";
  if (isSet("NO_COLOR")) return false;
  const isForced = (name: string) => isSet(name) && variables[name] !== "0";
  if (isForced("CLICOLOR_FORCE") || isForced("FORCE_COLOR")) return true;
  return stream.isTerminal && variables.TERM !== "dumb";
}

/** No colours at all. */
export const PLAIN: Colours = pc.createColors(false);
