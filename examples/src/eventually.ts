/** Waits for what comes about by itself. */
import { vi } from "vitest";

/** Asks until the answer is there; fails with what `read` throws if it does not come. */
export async function eventually<T>(read: () => T | Promise<T>): Promise<T> {
  return await vi.waitFor(read, { timeout: 10_000, interval: 10 });
}
