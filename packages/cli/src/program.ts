/** The command tree. */
import { Command } from "commander";
import { Cli } from "./cli.ts";
import { addDeployments } from "./commands/deployments.ts";
import { addExample } from "./commands/example.ts";
import { addInvocations } from "./commands/invocations.ts";
import { addServer } from "./commands/server.ts";
import { addServices } from "./commands/services.ts";
import { addStatus } from "./commands/status.ts";
import { addUp } from "./commands/up.ts";
import { addVersion } from "./commands/version.ts";
import type { ConnectionFlags } from "./connection.ts";
import type { CliEnvironment } from "./environment/cli-environment.ts";
import { acceptPrefixes } from "./prefixes.ts";
import { CLI_VERSION } from "./version.ts";

const HELP = `
Environment:
  REJOIN_ADMIN_URL    the server's admin API (default http://127.0.0.1:9070)
  REJOIN_INGRESS_URL  its ingress (default http://127.0.0.1:8080)
  REJOIN_AUTH_TOKEN   a bearer token for both
  NO_COLOR            no colours
  CI                  changes need no --yes
  RESTATE_ADMIN_URL, RESTATE_INGRESS_URL and RESTATE_AUTH_TOKEN are read if those are not set.

Exit codes:
  0  done
  1  failed: the message says why, and what to do
  2  the command line is wrong, or a change needs --yes

Commands may be shortened as long as they stay clear: rejoin dep li

Examples:
  rejoin up src/app.ts                              develop: server and app, under watch
  rejoin server --data-dir ./data                   run a server
  rejoin deployments register http://localhost:9080 tell it where your services are
  rejoin invocations list --status backing-off      see what fails`;

/** A program for one run. */
export function createProgram(environment: CliEnvironment): Command {
  const program = new Command("rejoin");
  const cli = new Cli(environment, () => program.opts<ConnectionFlags>());
  program
    .description("Durable execution: the server, your services, and what runs on them.")
    .version(CLI_VERSION, "-V, --version", "print the version of this program")
    .helpCommand("help [command]", "print the help of a command")
    .helpOption("-h, --help", "print the help")
    .option("--admin-url <url>", "the server's admin API, instead of REJOIN_ADMIN_URL")
    .option("--ingress-url <url>", "its ingress, instead of REJOIN_INGRESS_URL")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => environment.stdout.write(text),
      writeErr: (text) => environment.stderr.write(text),
    })
    .addHelpText("after", HELP);
  for (const add of [addUp, addServer, addDeployments, addServices, addInvocations]) {
    add(program, cli);
  }
  for (const add of [addExample, addStatus, addVersion]) add(program, cli);
  acceptPrefixes(program);
  return program;
}
