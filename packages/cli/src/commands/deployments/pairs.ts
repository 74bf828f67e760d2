/** Options of the form `name=value` that may be given several times. */
import { InvalidArgumentError } from "commander";

export type Pairs = Readonly<Record<string, string>>;

/** For Commander: adds one `name=value` to those before it. */
export function collectPairs(text: string, before: Pairs = {}): Pairs {
  const equals = text.indexOf("=");
  if (equals < 1) throw new InvalidArgumentError("write it as name=value.");
  return { ...before, [text.slice(0, equals).trim()]: text.slice(equals + 1).trim() };
}
