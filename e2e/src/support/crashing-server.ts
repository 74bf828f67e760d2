/** `rejoin server` on a data directory of its own, to be killed and started again. */
import { join } from "node:path";
import { onTestFinished } from "vitest";
import {
  planRejoinServer,
  type RejoinServer,
  type RejoinServerOptions,
  startRejoinServer,
} from "./rejoin-server.ts";
import { createTemporaryDirectory } from "./temporary-directory.ts";

/** Starts one and waits until it is ready. Nothing of it outlives the test. */
export async function startCrashingServer(
  variables: Readonly<Record<string, string>> = {},
): Promise<CrashingServer> {
  const directory = await createTemporaryDirectory();
  onTestFinished(() => directory.remove());
  const plan = await planRejoinServer(join(directory.path, "data"));
  const server = new CrashingServer({
    ...plan,
    variables: {
      REJOIN_LOG_LEVEL: "error",
      REJOIN_DEFAULT_RETRY_POLICY__MAX_INTERVAL: "200ms",
      REJOIN_DEFAULT_RETRY_POLICY__MAX_ATTEMPTS: "unlimited",
      ...variables,
    },
  });
  onTestFinished(() => server.kill());
  await server.ready();
  return server;
}

export class CrashingServer {
  readonly #options: RejoinServerOptions;
  #running: RejoinServer;

  constructor(options: RejoinServerOptions) {
    this.#options = options;
    this.#running = startRejoinServer(options);
  }

  get ingressUrl(): string {
    return this.#running.ingressUrl;
  }

  get adminUrl(): string {
    return this.#running.adminUrl;
  }

  /** Resolves when the one that runs, or is about to, takes requests. */
  ready(): Promise<void> {
    return this.#running.ready();
  }

  /** `kill -9`, and another one on the same data and ports; resolves when it is ready. */
  async crash(): Promise<void> {
    await this.#running.kill();
    this.#running = startRejoinServer(this.#options);
    await this.#running.ready();
  }

  kill(): Promise<void> {
    return this.#running.kill();
  }
}
