/** One run of the command line, from its arguments to its exit code. */
import { ClientError } from "@rejoin/client";
import { CommanderError } from "commander";
import { writeLines } from "./cli.ts";
import { CliError, EXIT } from "./cli-error.ts";
import { loadSettings } from "./contexts/settings.ts";
import type { CliEnvironment } from "./environment/cli-environment.ts";
import { createProgram } from "./program.ts";
import { createColours } from "./render/colours.ts";

/** Runs `rejoin <args>`; never rejects. The result is the exit code. */
export async function runCli(
  args: readonly string[],
  environment: CliEnvironment,
): Promise<number> {
  try {
    const settings = await loadSettings(environment);
    await createProgram(environment, settings).parseAsync(args, { from: "user" });
    return EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError) return exitCodeOf(error);
    const { message, hint, exitCode } = describe(error);
    const colours = createColours(environment, environment.stderr);
    writeLines(environment.stderr, `${colours.red("error:")} ${message}`);
    if (hint !== undefined) writeLines(environment.stderr, `${colours.cyan("hint:")} ${hint}`);
    return exitCode;
  }
}

/** Commander has printed its message by now; asking for help is no error unless by accident. */
function exitCodeOf(error: CommanderError): number {
  return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
}

interface Description {
  readonly message: string;
  readonly hint?: string | undefined;
  readonly exitCode: number;
}

function describe(error: unknown): Description {
  if (error instanceof CliError) {
    const { hint, exitCode } = error;
    return { message: withCode(error.docCode, error.message), hint, exitCode };
  }
  if (error instanceof ClientError) {
    const message = withCode(error.restateCode, error.message);
    return { message, hint: hintFor(error), exitCode: EXIT.failure };
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    message: text,
    hint: "this is a bug in rejoin: please report it",
    exitCode: EXIT.failure,
  };
}

/** The code of the catalogue leads the message, once. */
function withCode(code: string | undefined, message: string): string {
  const prefix = code === undefined ? "" : `[${code}] `;
  return message.startsWith(prefix.trim()) ? message : prefix + message;
}

function hintFor(error: ClientError): string | undefined {
  if (error.kind !== "refused") {
    return (
      "`rejoin up` and `rejoin server` start one; REJOIN_ADMIN_URL and REJOIN_INGRESS_URL, or " +
      "--admin-url and --ingress-url, say where it is; `rejoin whoami` shows where that comes from"
    );
  }
  const missing = error.status === 404 ? hintForMissing(error.url) : undefined;
  if (missing !== undefined) return missing;
  switch (error.restateCode ?? error.status) {
    case 401:
    case 403:
      return "set REJOIN_AUTH_TOKEN";
    case 405:
      return "is this a Rejoin server? Others of the ecosystem do not offer this";
    case 429:
      return "try again a little later";
    case "META0003":
      return "is the endpoint running, and can the server (not only this machine) reach that URL?";
    case "META0006":
      return "--breaking allows it; what is in flight may fail then";
    case "META0014":
      return "--use-http1.1 speaks HTTP/1.1 to it";
    default:
      return undefined;
  }
}

/** By what was asked for. */
const MISSING: readonly (readonly [RegExp, string])[] = [
  [
    /\/(?:overview|invocations\/summary|invocations\/[^/]+\/(?:children|journal)|objects)(?:[/?]|$)/,
    "is it there, and is this a Rejoin server? Others of the ecosystem do not offer this",
  ],
  [
    /\/invocations?\/inv_/,
    "a completed invocation is gone after its retention; `rejoin invocations list` shows what there is",
  ],
  [/\/services\//, "`rejoin services list` shows what there is"],
  [/\/deployments\//, "`rejoin deployments list` shows what there is"],
];

function hintForMissing(url: string): string | undefined {
  return MISSING.find(([pattern]) => pattern.test(url))?.[1];
}
