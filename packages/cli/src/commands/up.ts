/** `rejoin up` */
import type { Command } from "commander";
import type { Cli } from "../cli.ts";

interface UpFlags {
  readonly configFile?: string;
  readonly dataDir?: string;
  readonly ingressAddress?: string;
  readonly adminAddress?: string;
  readonly adminAllowedHosts?: string;
  readonly randomPorts?: boolean;
  readonly logLevel?: string;
}

const HELP = `
The app is a file that serves services, with serve() of @rejoin/sdk for example. It finds a free port
in PORT, and may listen on any other. When a source file below its directory changes, it starts again
and is registered again.

Configuration is as for rejoin server, but the data is removed at the end unless a data directory is
named, and only warnings are logged.

Examples:
  rejoin up src/app.ts
  rejoin up src/app.ts --data-dir .rejoin
  rejoin up --random-ports`;

const ANY_PORT = "127.0.0.1:0";

export function addUp(parent: Command, cli: Cli): void {
  parent
    .command("up")
    .summary("develop: a server, and your app under watch")
    .description("Run a server for development, and your app, started again on each change.")
    .argument("[app]", "the file that serves your services, TypeScript or JavaScript")
    .option("--data-dir <directory>", "keep the data, in this directory")
    .option("--ingress-address <host:port>", "for calls (default 127.0.0.1:8080)")
    .option("--admin-address <host:port>", "for operators (default 127.0.0.1:9070)")
    .option("--admin-allowed-hosts <names>", "by which operators may reach it; * for any")
    .option("-r, --random-ports", "any free ports instead of these")
    .option("--config-file <file>", "a TOML file; also REJOIN_CONFIG")
    .option("--log-level <level>", "debug, info, warn or error (default warn)")
    .addHelpText("after", HELP)
    .action(async (app: string | undefined, flags: UpFlags) => {
      const { runUp } = await import("../up/run-up.ts");
      const anyPort = flags.randomPorts === true ? ANY_PORT : undefined;
      await runUp(cli.environment, {
        app,
        configFile: flags.configFile,
        flags: {
          "data-dir": flags.dataDir,
          "ingress-address": flags.ingressAddress ?? anyPort,
          "admin-address": flags.adminAddress ?? anyPort,
          "admin-allowed-hosts": flags.adminAllowedHosts,
          "log-level": flags.logLevel,
        },
      });
    });
}
