/** For the time of a file's tests: the seconds of the examples are short, and they print nothing. */
import { afterAll, beforeAll, vi } from "vitest";

export function beQuick(): void {
  beforeAll(() => {
    vi.stubEnv("SECOND_MS", "5");
    vi.spyOn(console, "log").mockImplementation(() => undefined);
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });
}
