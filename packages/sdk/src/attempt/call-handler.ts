/** Calls the handler of an attempt, within its hooks, and hands on what it comes to. */
import type { Outcome, ProtocolVersion } from "@rejoin/protocol";
import type { Request } from "../context/request.ts";
import type { BoundHandler } from "../definitions/bound-handler.ts";
import { ErrorCode, TerminalError, toError } from "../errors.ts";
import type { HooksProvider } from "../hooks.ts";
import { isThenable } from "../promise/promises.ts";
import { deserializeOwn } from "../serde/own-bytes.ts";
import { serializeNamed } from "../serde/unserializable.ts";
import { AttemptHooks } from "./attempt-hooks.ts";
import type { AttemptLog } from "./attempt-log.ts";
import { toHandlerOutcome } from "./outcome.ts";

const NO_BYTES = new Uint8Array(0);

/** The attempt, as far as its handler is concerned. */
export interface HandlerHost {
  readonly handler: BoundHandler;
  readonly version: ProtocolVersion;
  readonly log: AttemptLog;
  /** The body of the request. */
  readonly input: Uint8Array;
  /** Why there is no input that could be read. */
  readonly inputError: Error | undefined;
  readonly replaying: boolean;
  readonly ended: boolean;
  hooks: AttemptHooks | undefined;
  /** The invocation has come to its result. */
  complete(outcome: Outcome): void;
  /** The attempt has failed; the server decides about the next one. */
  fail(error: unknown): void;
}

/** What handlers are called with. */
export interface HandlerContext {
  request(): Request;
}

export function callHandler(host: HandlerHost, context: HandlerContext): void {
  const { handler } = host;
  if (handler.hooks !== undefined) {
    callWithin(handler.hooks, host, context);
    return;
  }
  let result: unknown;
  try {
    result = handler.fn.call(handler.instance, context, readInput(host));
  } catch (error) {
    threw(host, error);
    return;
  }
  if (isThenable(result)) {
    result.then(
      (value) => returned(host, value),
      (error) => threw(host, error),
    );
  } else {
    returned(host, result);
  }
}

function callWithin(
  providers: readonly HooksProvider[],
  host: HandlerHost,
  context: HandlerContext,
): void {
  const { handler } = host;
  try {
    host.hooks = new AttemptHooks(providers, context.request(), () => !host.replaying);
  } catch (error) {
    threw(host, error);
    return;
  }
  let output: Uint8Array = NO_BYTES;
  const called = host.hooks.around(async () => {
    const result = await handler.fn.call(handler.instance, context, readInput(host));
    output = writeOutput(host, result);
  });
  called.then(
    () => resulted(host, output),
    (error) => threw(host, error),
  );
}

function readInput({ handler, input, inputError }: HandlerHost): unknown {
  try {
    if (inputError !== undefined) throw inputError;
    return deserializeOwn(handler.input, input);
  } catch (error) {
    const message = `Failed to deserialize input: ${toError(error).message}`;
    throw new TerminalError(message, { errorCode: ErrorCode.badRequest, cause: error });
  }
}

function writeOutput({ handler }: HandlerHost, value: unknown): Uint8Array {
  return serializeNamed(handler.output, value, "the returned value", handler);
}

function returned(host: HandlerHost, value: unknown): void {
  if (host.ended) return;
  let bytes: Uint8Array;
  try {
    bytes = writeOutput(host, value);
  } catch (error) {
    threw(host, error);
    return;
  }
  resulted(host, bytes);
}

function resulted(host: HandlerHost, value: Uint8Array): void {
  if (!host.ended) host.complete({ kind: "value", value });
}

function threw(host: HandlerHost, thrown: unknown): void {
  if (host.ended) return;
  const error = toError(thrown, host.handler.asTerminalError);
  const outcome = toHandlerOutcome(error, host.version);
  if (outcome === undefined) {
    host.fail(error);
    return;
  }
  host.log.failed(error);
  host.complete(outcome);
}
