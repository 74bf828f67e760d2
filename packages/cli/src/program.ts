/** The command tree. */
import { Command, InvalidArgumentError } from "commander";
import { Cli, type GlobalFlags } from "./cli.ts";
import { addAwakeables } from "./commands/awakeables.ts";
import { addCall, addSend } from "./commands/call/call.ts";
import { addCompletions } from "./commands/completions.ts";
import { addConfig } from "./commands/config.ts";
import { addDeployments } from "./commands/deployments.ts";
import { addExample } from "./commands/example.ts";
import { addInvocations } from "./commands/invocations.ts";
import { addNotOffered } from "./commands/not-offered.ts";
import { addReplay } from "./commands/replay.ts";
import { addRules } from "./commands/rules.ts";
import { addServer } from "./commands/server.ts";
import { addServices } from "./commands/services.ts";
import { addSql } from "./commands/sql.ts";
import { addState } from "./commands/state.ts";
import { addStatus } from "./commands/status.ts";
import { addTop } from "./commands/top.ts";
import { addUp } from "./commands/up.ts";
import { addVersion } from "./commands/version.ts";
import { parseDuration } from "./config/duration.ts";
import type { Settings } from "./contexts/settings.ts";
import type { CliEnvironment } from "./environment/cli-environment.ts";
import { acceptPrefixes } from "./prefixes.ts";
import { CLI_VERSION } from "./version.ts";

const HELP = `
Environment:
  REJOIN_ADMIN_URL    the server's admin API (default http://127.0.0.1:9070)
  REJOIN_INGRESS_URL  its ingress (default http://127.0.0.1:8080)
  REJOIN_AUTH_TOKEN   a bearer token for both
  REJOIN_ENVIRONMENT  an environment of rejoin config, which has all three
  REJOIN_HOST         a host with both, at their usual ports
  NO_COLOR            no colours
  CI                  changes need no --yes
  The same with RESTATE_ is read if those are not set, and both from .env in this directory.

Exit codes:
  0  done
  1  failed: the message says why, and what to do
  2  the command line is wrong, or a change needs --yes
  3  you said no: nothing was changed
  4  some of many operations failed
  5  the invocation has failed: call, attach, output, watch
  6  the invocation has not completed yet: output, or waiting was stopped

Commands may be shortened as long as they stay clear: rejoin dep li

Examples:
  rejoin up src/app.ts                              develop: server and app, under watch
  rejoin server --data-dir ./data                   run a server
  rejoin deployments register http://localhost:9080 tell it where your services are
  rejoin call greeter/greet '"Ada"'                 call a handler
  rejoin top                                        see how the server is doing
  rejoin invocations list --status backing-off      see what fails`;

function parseTimeout(text: string): number {
  const timeoutMs = parseDuration(text);
  if (timeoutMs !== undefined && timeoutMs > 0) return timeoutMs;
  throw new InvalidArgumentError("Write it as 500ms, 30s or 2m.");
}

/** As the help lists them. */
const COMMANDS: readonly ((parent: Command, cli: Cli) => void)[] = [
  addUp,
  addServer,
  addCall,
  addSend,
  addInvocations,
  addTop,
  addServices,
  addDeployments,
  addState,
  addAwakeables,
  addRules,
  addSql,
  addReplay,
  addExample,
  addConfig,
  addCompletions,
  addStatus,
  addVersion,
];

/** A program for one run. */
export function createProgram(environment: CliEnvironment, settings: Settings): Command {
  const program = new Command("rejoin");
  const cli = new Cli(environment, settings, () => program.opts<GlobalFlags>());
  program
    .description("Durable execution: the server, your services, and what runs on them.")
    .version(CLI_VERSION, "-V, --version", "print the version of this program")
    .helpCommand("help [command]", "print the help of a command")
    .helpOption("-h, --help", "print the help")
    .option("--admin-url <url>", "the server's admin API, instead of REJOIN_ADMIN_URL")
    .option("--ingress-url <url>", "its ingress, instead of REJOIN_INGRESS_URL")
    .option("-e, --environment <name>", "the server by name: see rejoin config")
    .option("--request-timeout <duration>", "how long the admin API may take", parseTimeout)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => environment.stdout.write(text),
      writeErr: (text) => environment.stderr.write(text),
    })
    .addHelpText("after", HELP);
  for (const add of COMMANDS) add(program, cli);
  addNotOffered(program);
  acceptPrefixes(program);
  return program;
}
