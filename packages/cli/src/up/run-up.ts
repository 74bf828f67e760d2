/** `rejoin up`: a server, and an app that is started, registered and watched. */
import { createAdminClient } from "@rejoin/client";
import type { RunningServer } from "@rejoin/server";
import type { ServerConfig } from "../config/server-config.ts";
import { withDefaults } from "../config/with-defaults.ts";
import type { CliEnvironment } from "../environment/cli-environment.ts";
import { createColours, PLAIN } from "../render/colours.ts";
import { loadConfig } from "../server/load-config.ts";
import { createServerLog } from "../server/server-log.ts";
import { startServer } from "../server/start-server.ts";
import { awaitStop } from "../server/stop-request.ts";
import { createApp } from "./app.ts";
import { runAppLoop } from "./app-loop.ts";
import { renderBanner } from "./banner.ts";

export interface RunUpOptions {
  /** The app's file; without it there is only the server. */
  readonly app: string | undefined;
  readonly configFile: string | undefined;
  readonly flags: Readonly<Record<string, string | boolean | undefined>>;
}

/** A developer who stops does not want to wait. */
const SHUTDOWN_TIMEOUT_MS = 1000;

/** Resolves when a signal has asked it to end, and everything that it started has ended. */
export async function runUp(environment: CliEnvironment, options: RunUpOptions): Promise<void> {
  const app = options.app === undefined ? undefined : await createApp(environment, options.app);
  const loaded = await loadConfig(environment, options);
  const stop = awaitStop(environment);
  const data = await prepareData(environment, loaded);
  try {
    const config = withDefaults(loaded, {
      dataDir: data.directory,
      logLevel: "warn",
      shutdownTimeout: SHUTDOWN_TIMEOUT_MS,
    });
    const server = await startDevServer(environment, config);
    const { ingressUrl, adminUrl } = server;
    const colours = createColours(environment, environment.stdout);
    environment.stdout.write(renderBanner({ ingressUrl, adminUrl, data, app }, colours));
    try {
      if (app === undefined) await stop.requested;
      else {
        const admin = createAdminClient({ url: adminUrl, fetch: environment.fetch });
        await runAppLoop({ environment, app, admin, ingressUrl, adminUrl, stop });
      }
    } finally {
      await server.close();
    }
  } finally {
    if (data.isTemporary) await environment.files.remove(data.directory);
    stop.release();
  }
}

export interface DataDirectory {
  readonly directory: string;
  /** Removed at the end. */
  readonly isTemporary: boolean;
}

async function prepareData(
  { files }: CliEnvironment,
  { options }: ServerConfig,
): Promise<DataDirectory> {
  const { value, source } = options.dataDir;
  if (source !== undefined) return { directory: value, isTemporary: false };
  return { directory: await files.makeTemporaryDirectory("rejoin-up-"), isTemporary: true };
}

function startDevServer(environment: CliEnvironment, config: ServerConfig): Promise<RunningServer> {
  const { stderr, now, cwd } = environment;
  const { value: format } = config.options.logFormat;
  const log = createServerLog({
    threshold: config.options.logLevel.value,
    format: format === "auto" ? "pretty" : format,
    stream: stderr,
    colours: config.options.plainLog.value ? PLAIN : createColours(environment, stderr),
    now,
  });
  return startServer({ config, cwd, log });
}
