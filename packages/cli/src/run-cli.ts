/** One run of the command line, from its arguments to its exit code. */
import { ClientError } from "@rejoin/client";
import { CommanderError } from "commander";
import { CliError, EXIT } from "./cli-error.ts";
import type { CliEnvironment } from "./environment/cli-environment.ts";
import { createProgram } from "./program.ts";
import { createColours } from "./render/colours.ts";

/** Runs `rejoin <args>`; never rejects. The result is the exit code. */
export async function runCli(
  args: readonly string[],
  environment: CliEnvironment,
): Promise<number> {
  try {
    await createProgram(environment).parseAsync(args, { from: "user" });
    return EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError) return exitCodeOf(error);
    const { message, hint, exitCode } = describe(error);
    const colours = createColours(environment, environment.stderr);
    environment.stderr.write(`${colours.red("error:")} ${message}\n`);
    if (hint !== undefined) environment.stderr.write(`${colours.cyan("hint:")} ${hint}\n`);
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
      "--admin-url and --ingress-url, say where it is"
    );
  }
  switch (error.restateCode ?? error.status) {
    case 401:
    case 403:
      return "set REJOIN_AUTH_TOKEN";
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
