/** Runs the app, registers it, and begins anew when its files change. */
import { relative } from "node:path";
import type { AdminClient } from "@rejoin/client";
import type { ChildProgram, CliEnvironment } from "../environment/cli-environment.ts";
import { createColours } from "../render/colours.ts";
import type { StopRequest } from "../server/stop-request.ts";
import { type App, isIgnored, isSource } from "./app.ts";
import { ChangeFeed } from "./change-feed.ts";
import { registerApp } from "./register-app.ts";

export interface AppLoopOptions {
  readonly environment: CliEnvironment;
  readonly app: App;
  readonly admin: AdminClient;
  readonly ingressUrl: string;
  readonly adminUrl: string;
  readonly stop: StopRequest;
}

/** How long an app may take to end by itself. */
const TERM_MS = 3000;
/** How long an app may take to listen before it is asked about. */
const PATIENCE_MS = 10_000;

/** Resolves when a stop has been requested and the app has ended. */
export async function runAppLoop(options: AppLoopOptions): Promise<void> {
  const { environment, app, stop } = options;
  const changes = new ChangeFeed(environment);
  const watcher = await environment.files.watch({
    directory: app.directory,
    ignores: (path) => isIgnored(app.directory, path),
    onChange: (path) => {
      if (isSource(path)) changes.note(path);
    },
  });
  const stopped = stop.requested.then(() => undefined);
  try {
    for (let generation = 1; !stop.isRequested; generation++) {
      const run = startRun(options, generation);
      const changed = await Promise.race([changes.next(), stopped]);
      await run.end();
      if (changed === undefined) return;
      note(
        environment,
        `${relative(environment.cwd, changed)} has changed: starting the app again`,
      );
    }
  } finally {
    await watcher.close();
    changes.close();
  }
}

interface Run {
  /** Resolves when the app's process is gone. */
  end(): Promise<void>;
}

function startRun(options: AppLoopOptions, generation: number): Run {
  const { environment, app, admin, ingressUrl, adminUrl } = options;
  let isCurrent = true;
  const say = (text: string) => {
    if (isCurrent) note(environment, text);
  };
  const stopWaiting = environment.after(PATIENCE_MS, () =>
    say("the app has opened no port yet: does it call serve()?"),
  );
  const program = environment.startProgram({
    args: app.args,
    cwd: environment.cwd,
    variables: {
      PORT: String(app.port),
      REJOIN_INGRESS_URL: ingressUrl,
      REJOIN_ADMIN_URL: adminUrl,
    },
    onListening: (port) => {
      stopWaiting();
      void registerApp({ port, admin, ingressUrl, isFirst: generation === 1, say });
    },
  });
  void program.ended.then((end) => {
    stopWaiting();
    const how = end.kind === "exit" ? `exit code ${end.code}` : end.signal;
    say(`the app has ended (${how}); it starts again when a file changes`);
    isCurrent = false;
  });
  return {
    end: () => {
      isCurrent = false;
      return endProgram(environment, program);
    },
  };
}

async function endProgram(environment: CliEnvironment, program: ChildProgram): Promise<void> {
  program.kill("SIGTERM");
  const cancel = environment.after(TERM_MS, () => program.kill("SIGKILL"));
  await program.ended;
  cancel();
}

function note(environment: CliEnvironment, text: string): void {
  const { dim } = createColours(environment, environment.stderr);
  environment.stderr.write(`${dim("[rejoin up]")} ${text}\n`);
}
