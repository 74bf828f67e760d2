/** Runs handlers against journals that are given, without a server. */
import type { AttemptPorts } from "../attempt/ports.ts";
import { createAttempts } from "../endpoint/attempts.ts";
import { toDefinitions } from "../endpoint/bind.ts";
import type { InProcessAttempt, InProcessRequest, InProcessSink } from "../endpoint/in-process.ts";
import type { EndpointOptions } from "../endpoint/options.ts";
import { ReplayVm, type ReplayVmOptions } from "./replay-vm.ts";

/** @internal */
export interface ReplayOptions extends ReplayVmOptions {
  /** Those that are not given are the platform's. */
  readonly ports?: Partial<AttemptPorts>;
}

/** @internal */
export interface Replay {
  /** The handlers of each service, by its name. */
  readonly handlers: ReadonlyMap<string, readonly string[]>;
  /** Throws an `Error` when there is no such handler. */
  open(request: InProcessRequest, sink: InProcessSink): InProcessAttempt;
}

/**
 * @internal An endpoint whose attempts are watched. They are sent Start and the known entries, and
 * answered nothing but results of runs; then they are aborted.
 */
export function createReplay(options: EndpointOptions, replay: ReplayOptions): Replay {
  const { findHandler, openAttempt } = createAttempts(
    options,
    replay.ports ?? {},
    (policy, host) => new ReplayVm(policy, host, replay),
  );
  const definitions = toDefinitions(options);
  return {
    handlers: new Map(definitions.map(({ name, handlers }) => [name, [...handlers.keys()]])),
    open(request, sink) {
      const handler = findHandler(request.service, request.handler);
      if (handler === undefined) {
        throw new Error(`no handler ${request.service}/${request.handler}`);
      }
      return openAttempt(handler, request, sink);
    },
  };
}
