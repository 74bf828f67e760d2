/**
 * The hooks of one attempt: all interceptors as one, the first outermost.
 *
 * An attempt may end while its handler still awaits something: `next` rejects then, so that every
 * interceptor sees the end of what it saw begin.
 */
import type { Request } from "../context/request.ts";
import { type HooksProvider, IS_PROCESSING } from "../hooks.ts";

type Next = () => Promise<void>;
type HandlerInterceptor = (next: Next) => Promise<void>;
export type RunInterceptor = (name: string, next: Next) => Promise<void>;

export class AttemptHooks {
  /** Around the closures of runs. */
  readonly run: RunInterceptor | undefined;
  readonly #handler: HandlerInterceptor | undefined;
  readonly #ended: Promise<never>;
  #end: (error: Error) => void = () => {};

  /** Asks the providers; throws what they throw. */
  constructor(providers: readonly HooksProvider[], request: Request, isProcessing: () => boolean) {
    const interceptors = providers.map((provider) => {
      const context = { request };
      Object.defineProperty(context, IS_PROCESSING, { value: isProcessing });
      return provider(context)?.interceptor;
    });
    this.#handler = composeHandler(interceptors.flatMap((one) => bound(one, one?.handler)));
    this.run = composeRun(interceptors.flatMap((one) => bound(one, one?.run)));
    this.#ended = new Promise((_resolve, reject) => {
      this.#end = reject;
    });
    // Whether anybody waits for it or not.
    this.#ended.catch(() => {});
  }

  /** Calls `handler` within the interceptors, and once, whatever they do. */
  async around(handler: Next): Promise<void> {
    let called: Promise<void> | undefined;
    const next = () => {
      called ??= Promise.race([handler(), this.#ended]);
      return called;
    };
    await (this.#handler === undefined ? next() : this.#handler(next));
  }

  /** The attempt has ended, for this reason. */
  ended(reason: Error): void {
    this.#end(reason);
  }
}

function bound<F extends (...args: never[]) => unknown>(
  self: unknown,
  interceptor: F | undefined,
): readonly F[] {
  return interceptor === undefined ? [] : [interceptor.bind(self) as F];
}

function composeHandler(all: readonly HandlerInterceptor[]): HandlerInterceptor | undefined {
  if (all.length === 0) return undefined;
  return (next) => all.reduceRight<Next>((inner, outer) => async () => outer(inner), next)();
}

function composeRun(all: readonly RunInterceptor[]): RunInterceptor | undefined {
  if (all.length === 0) return undefined;
  return (name, next) =>
    all.reduceRight<Next>((inner, outer) => async () => outer(name, inner), next)();
}
