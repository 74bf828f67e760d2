/** Options that bound a number of things. */
import { InvalidArgumentError } from "commander";

/** For Commander: a whole number of at least 1. */
export function parseLimit(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1) {
    throw new InvalidArgumentError("It must be a whole number, at least 1.");
  }
  return limit;
}
