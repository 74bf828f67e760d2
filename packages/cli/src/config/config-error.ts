import { CliError, type CliErrorOptions } from "../cli-error.ts";

/** The configuration cannot be used. */
export function configError(message: string, options: CliErrorOptions = {}): CliError {
  return new CliError(message, { ...options, docCode: "RT0002" });
}
