/**
 * The surface of the ecosystem's testing kit that starts a server in a container, on a server in
 * this process: whoever uses that one changes the import.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EndpointOptions, TypedState, UntypedState } from "@rejoin/sdk";
import { createTestEnvironment } from "./create-test-environment.ts";
import type { TestEnvironment } from "./environment.ts";
import type { StateProxy } from "./inspect/state.ts";
import type { TimeMode } from "./time/driver.ts";

/** What {@link RestateTestEnvironment.start} takes. */
export interface RestateTestEnvironmentOptions extends EndpointOptions {
  /** `disk`: in a directory that is gone when the environment is stopped. By default in memory. */
  readonly storage?: "memory" | "disk";
  /** Suspends handlers at every await, so that what is not deterministic shows. */
  readonly alwaysReplay?: boolean;
  /** Lets an invocation fail when its first attempt does. */
  readonly disableRetries?: boolean;
  /** By default `real`: see `TestEnvironmentOptions`. */
  readonly time?: TimeMode;
  /** Accepted and of no effect: services run in this process. */
  readonly serviceEndpointAccess?: "docker-host" | "testcontainers";
  /** There is no container: anything but `undefined` is refused. */
  readonly container?: undefined;
}

export class RestateTestEnvironment implements AsyncDisposable {
  /** The environment behind it, for what this class does not offer. */
  readonly environment: TestEnvironment;
  readonly #urls: { readonly ingress: string; readonly admin: string };
  readonly #directory: string | undefined;

  private constructor(
    environment: TestEnvironment,
    urls: { readonly ingress: string; readonly admin: string },
    directory: string | undefined,
  ) {
    this.environment = environment;
    this.#urls = urls;
    this.#directory = directory;
  }

  /** Starts a server with the services; its ingress and admin API listen on loopback ports. */
  static async start(options: RestateTestEnvironmentOptions): Promise<RestateTestEnvironment> {
    const { storage, container, serviceEndpointAccess: _ignored, ...rest } = options;
    if (container !== undefined) {
      throw new TypeError(
        "there is no container to configure: leave the option container out, and pass " +
          "alwaysReplay, disableRetries or storage instead",
      );
    }
    const directory =
      storage === "disk" ? await mkdtemp(join(tmpdir(), "rejoin-testing-")) : undefined;
    try {
      return await RestateTestEnvironment.#open(rest, directory);
    } catch (error) {
      await remove(directory);
      throw error;
    }
  }

  static async #open(
    options: Omit<RestateTestEnvironmentOptions, "storage">,
    directory: string | undefined,
  ): Promise<RestateTestEnvironment> {
    const environment = await createTestEnvironment({
      time: "real",
      ...options,
      ...(directory === undefined ? {} : { storage: { directory } }),
    });
    const ingress = await environment.ingressUrl();
    const admin = await environment.adminUrl();
    return new RestateTestEnvironment(environment, { ingress, admin }, directory);
  }

  /** Where handlers are called, such as `http://127.0.0.1:40001`. */
  baseUrl(): string {
    return this.#urls.ingress;
  }

  adminAPIBaseUrl(): string {
    return this.#urls.admin;
  }

  /** The state of an object or workflow. */
  stateOf<TState extends TypedState = UntypedState>(
    definition: { readonly name: string },
    key: string,
  ): StateProxy<TState> {
    return this.environment.stateOf<TState>(definition, key);
  }

  /** Ends everything. */
  async stop(): Promise<void> {
    try {
      await this.environment.close();
    } finally {
      await remove(this.#directory);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

async function remove(directory: string | undefined): Promise<void> {
  if (directory !== undefined) await rm(directory, { recursive: true, force: true });
}
