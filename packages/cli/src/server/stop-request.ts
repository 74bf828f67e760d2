/** Stopping by signal: the first one asks, the second one insists. */
import type { CliEnvironment, StopSignal } from "../environment/cli-environment.ts";

/** What a shell reports of a process that such a signal has ended. */
const EXIT_CODES: Readonly<Record<StopSignal, number>> = {
  SIGHUP: 129,
  SIGINT: 130,
  SIGTERM: 143,
};

export interface StopRequest {
  /** Resolves with the first signal. */
  readonly requested: Promise<StopSignal>;
  /** Whether it has come. */
  readonly isRequested: boolean;
  /** Takes the signals no longer. */
  release(): void;
}

/** From now on the first signal is a request; another one ends the process at once. */
export function awaitStop(environment: CliEnvironment): StopRequest {
  let isRequested = false;
  let release = () => {};
  const requested = new Promise<StopSignal>((resolve) => {
    release = environment.onSignal((signal) => {
      if (isRequested) environment.exit(EXIT_CODES[signal]);
      isRequested = true;
      resolve(signal);
    });
  });
  return {
    requested,
    get isRequested() {
      return isRequested;
    },
    release,
  };
}
