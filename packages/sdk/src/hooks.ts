/** Interceptors around the attempts and runs of handlers. */
import type { Request } from "./context/request.ts";

/** What is called around the user's code. Each must call `next` to go on, and wait for it. */
export interface Interceptor {
  /**
   * Around a whole attempt, replay included. `next` rejects with what the handler throws, and when
   * the attempt ends otherwise: with the failure of a run, or with an error for which
   * `internal.isSuspendedError` is true. What this throws counts as thrown by the handler.
   */
  handler?: (next: () => Promise<void>) => Promise<void>;
  /**
   * Around each execution of a `ctx.run` closure; not around results that are replayed. What this
   * throws counts as thrown by the closure.
   */
  run?: (name: string, next: () => Promise<void>) => Promise<void>;
}

export interface Hooks {
  interceptor?: Interceptor;
}

/** Called at the beginning of each attempt. */
export type HooksProvider = (ctx: { request: Request }) => Hooks;

/** Libraries ask a provider's argument by this name whether the handler replays; it is the ecosystem's. */
export const IS_PROCESSING = Symbol.for("@restatedev/restate-sdk/hooks.isProcessing");
