/** `rejoin server` */
import type { Command } from "commander";
import type { Cli } from "../cli.ts";

interface ServerFlags {
  readonly configFile?: string;
  readonly dumpConfig?: boolean;
  readonly dataDir?: string;
  readonly ingressAddress?: string;
  readonly adminAddress?: string;
  readonly adminAllowedHosts?: string;
  readonly logLevel?: string;
  readonly logFormat?: string;
  readonly acceptDataLoss?: boolean;
}

const HELP = `
Configuration: built-in defaults, then the file, then environment variables, then flags. The file is
TOML; --dump-config prints every key with its help and its value in force. The variable of a key is
REJOIN_ and the key in capitals: data-dir is REJOIN_DATA_DIR, max-attempts in the table
default-retry-policy is REJOIN_DEFAULT_RETRY_POLICY__MAX_ATTEMPTS. Where the Restate server has a
variable with the same meaning, such as RESTATE_WORKER__INVOKER__INACTIVITY_TIMEOUT, it is read too.

One line on stdout says that the server is ready; its log goes to stderr. SIGTERM and SIGINT let
running handlers come to a point where they can go on later, and exit with 0; a second signal ends
the process at once, which costs no data either.

Examples:
  rejoin server
  rejoin server --data-dir /var/lib/rejoin --ingress-address 0.0.0.0:8080
  REJOIN_DEFAULT_INACTIVITY_TIMEOUT=5m rejoin server --config-file rejoin.toml
  rejoin server --dump-config > rejoin.toml`;

export function addServer(parent: Command, cli: Cli): void {
  parent
    .command("server")
    .summary("run a server")
    .description("Run a server: it keeps what is asked of your services until it is done.")
    .option("--config-file <file>", "a TOML file; also REJOIN_CONFIG")
    .option("--data-dir <directory>", "where the data is (default ./rejoin-data)")
    .option("--ingress-address <host:port>", "for calls (default 127.0.0.1:8080)")
    .option("--admin-address <host:port>", "for operators (default 127.0.0.1:9070)")
    .option("--admin-allowed-hosts <names>", "by which operators may reach it; * for any")
    .option("--log-level <level>", "debug, info, warn or error (default info)")
    .option("--log-format <format>", "json, pretty, compact or auto (default auto)")
    .option("--accept-data-loss", "start with what is left of a damaged data directory")
    .option("--dump-config", "print the configuration in force, and end")
    .addHelpText("after", HELP)
    .action(async (flags: ServerFlags) => {
      // The server is much to load, and the other commands do without.
      const { runServer } = await import("../server/run-server.ts");
      await runServer(cli.environment, {
        configFile: flags.configFile,
        dumpConfig: flags.dumpConfig === true,
        flags: {
          "data-dir": flags.dataDir,
          "ingress-address": flags.ingressAddress,
          "admin-address": flags.adminAddress,
          "admin-allowed-hosts": flags.adminAllowedHosts,
          "log-level": flags.logLevel,
          "log-format": flags.logFormat,
          "accept-data-loss": flags.acceptDataLoss,
        },
      });
    });
}
