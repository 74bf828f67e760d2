/** The server program: from its configuration to the end of its process. */
import { dumpConfig } from "../config/dump-config.ts";
import { findMisspelled } from "../config/misspelled.ts";
import type { ServerConfig } from "../config/server-config.ts";
import type { CliEnvironment } from "../environment/cli-environment.ts";
import { createColours, PLAIN } from "../render/colours.ts";
import { loadConfig } from "./load-config.ts";
import { createServerLog } from "./server-log.ts";
import { startServer } from "./start-server.ts";
import { awaitStop } from "./stop-request.ts";

export interface RunServerOptions {
  readonly configFile: string | undefined;
  readonly dumpConfig: boolean;
  readonly flags: Readonly<Record<string, string | boolean | undefined>>;
}

/** Resolves when a signal has asked the server to end, and it has. */
export async function runServer(
  environment: CliEnvironment,
  options: RunServerOptions,
): Promise<void> {
  const config = await loadConfig(environment, options);
  if (options.dumpConfig) environment.stdout.write(dumpConfig(config));
  else await serve(environment, config);
}

/** Stdout has one line, for whoever waits for it; the log goes to stderr. */
async function serve(environment: CliEnvironment, config: ServerConfig): Promise<void> {
  const log = createLog(environment, config);
  for (const { variable, meant } of findMisspelled(environment.variables)) {
    log("warn", `${variable} means nothing: did you mean ${meant}?`);
  }
  const stop = awaitStop(environment);
  try {
    const server = await startServer({ config, cwd: environment.cwd, log });
    const { ingressUrl, adminUrl } = server;
    const { value: dataDir } = config.options.dataDir;
    environment.stdout.write(
      `rejoin server is ready: ingress ${ingressUrl}, admin ${adminUrl}, data ${dataDir}\n`,
    );
    const signal = await stop.requested;
    log("info", "shutting down: waiting for running handlers; a second signal does not wait", {
      signal,
    });
    await server.close();
    log("info", "the server has ended");
  } finally {
    stop.release();
  }
}

function createLog(environment: CliEnvironment, { options }: ServerConfig) {
  const { stderr, now } = environment;
  const { value: format } = options.logFormat;
  return createServerLog({
    threshold: options.logLevel.value,
    format: format === "auto" ? (stderr.isTerminal ? "pretty" : "json") : format,
    stream: stderr,
    colours: options.plainLog.value ? PLAIN : createColours(environment, stderr),
    now,
  });
}
