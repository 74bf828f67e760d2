/** Loops that go on until the person, or whoever started the command, has had enough. */
import type { CliEnvironment } from "../environment/cli-environment.ts";

export interface Interruption {
  readonly isAsked: boolean;
  /** Resolves after this time, or at once when the loop shall end; tells whether to go on. */
  sleep(delayMs: number): Promise<boolean>;
  /** What a promise gives; `undefined` if the loop shall end before. */
  race<T>(promise: Promise<T>): Promise<{ readonly value: T } | undefined>;
}

/** Runs a loop; SIGINT and SIGTERM end it in order, and do not end the process. */
export async function interruptible<T>(
  environment: CliEnvironment,
  run: (interruption: Interruption) => Promise<T>,
): Promise<T> {
  let isAsked = false;
  let ask: () => void = () => undefined;
  const asked = new Promise<undefined>((resolve) => {
    ask = () => {
      isAsked = true;
      resolve(undefined);
    };
  });
  const release = environment.onSignal(ask);
  try {
    return await run({
      get isAsked() {
        return isAsked;
      },
      sleep: async (delayMs) => {
        let cancel: () => void = () => undefined;
        const slept = new Promise<void>((resolve) => {
          cancel = environment.after(delayMs, resolve);
        });
        await Promise.race([slept, asked]);
        cancel();
        return !isAsked;
      },
      race: (promise) => Promise.race([promise.then((value) => ({ value })), asked]),
    });
  } finally {
    release();
  }
}
