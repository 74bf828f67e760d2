/** The way to a test environment. */
import type { TestEnvironment } from "./environment.ts";
import type { TestEnvironmentOptions } from "./options.ts";
import { Runtime } from "./runtime.ts";

/**
 * Starts a server in this process and registers `services` with it. It is there in milliseconds and
 * needs no port, no other process and no container.
 */
export function createTestEnvironment(options: TestEnvironmentOptions): Promise<TestEnvironment> {
  return Runtime.start(options);
}
