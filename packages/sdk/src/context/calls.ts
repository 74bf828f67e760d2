/** Calls and one-way calls. */
import {
  type CallCommand,
  type Duration,
  type Header,
  type OneWayCallCommand,
  type Serde,
  toMillis,
} from "@rejoin/protocol";
import type { Attempt } from "../attempt/attempt.ts";
import { ErrorCode } from "../errors.ts";
import { NeverPromise } from "../promise/constants.ts";
import { CallPromise, LeafPromise } from "../promise/leaf-promise.ts";
import type {
  InvocationHandle,
  InvocationId,
  InvocationPromise,
} from "../promise/restate-promise.ts";
import { serializeNamed } from "../serde/unserializable.ts";
import { AttemptError, type RelatedCommand } from "../vm/attempt-failure.ts";
import { beginOperation, failOperation } from "./operation.ts";

export interface CallOptions {
  readonly idempotencyKey?: string | undefined;
  readonly limitKey?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly name?: string | undefined;
  readonly delay?: Duration | number | undefined;
}

export interface CallTarget {
  readonly service: string;
  readonly handler: string;
  /** "" for services. */
  readonly key: string;
  readonly scope: string | undefined;
  readonly options: CallOptions | undefined;
}

const NO_HEADERS: readonly Header[] = [];
const NO_OPTIONS: CallOptions = {};

export function issueCall<T>(
  attempt: Attempt,
  target: CallTarget,
  parameter: unknown,
  inputSerde: Serde<unknown>,
  outputSerde: Serde<T>,
): InvocationPromise<T> {
  if (!beginOperation(attempt, "a call")) return new NeverPromise<T>(attempt);
  const { vm } = attempt;
  const options = target.options ?? NO_OPTIONS;
  let bytes: Uint8Array;
  try {
    checkTarget(attempt, target);
    bytes = serializeParameter(attempt, target, parameter, inputSerde);
  } catch (error) {
    return failOperation<T>(attempt, error, "call");
  }
  const invocationIdCompletionId = vm.declareCompletion();
  const resultCompletionId = vm.declareCompletion();
  const command: CallCommand = {
    kind: "call",
    name: options.name ?? "",
    service: target.service,
    handler: target.handler,
    parameter: bytes,
    headers: options.headers === undefined ? NO_HEADERS : toHeaders(options.headers),
    key: target.key,
    invocationIdCompletionId,
    resultCompletionId,
  };
  const issued = attempt.issue(withOptions(command, target));
  if (issued === undefined) return new NeverPromise<T>(attempt);
  vm.trackCall(resultCompletionId);
  const node = vm.leaf(resultCompletionId);
  node.command = { kind: "call", index: vm.commandIndex, name: command.name };
  return new CallPromise<T>(node, attempt, outputSerde);
}

export function issueSend(
  attempt: Attempt,
  target: CallTarget,
  parameter: unknown,
  inputSerde: Serde<unknown>,
): InvocationHandle {
  if (!beginOperation(attempt, "a send")) return new NeverPromise<never>(attempt);
  const { vm } = attempt;
  const options = target.options ?? NO_OPTIONS;
  let bytes: Uint8Array;
  let delayMs: number;
  try {
    checkTarget(attempt, target);
    delayMs = options.delay === undefined ? 0 : toMillis(options.delay);
    bytes = serializeParameter(attempt, target, parameter, inputSerde);
  } catch (error) {
    return failOperation<never>(attempt, error, "oneWayCall");
  }
  const invocationIdCompletionId = vm.declareCompletion();
  const command: OneWayCallCommand = {
    kind: "oneWayCall",
    name: options.name ?? "",
    service: target.service,
    handler: target.handler,
    parameter: bytes,
    headers: options.headers === undefined ? NO_HEADERS : toHeaders(options.headers),
    key: target.key,
    invokeTime: delayMs > 0 ? attempt.ports.now() + delayMs : 0,
    invocationIdCompletionId,
  };
  const issued = attempt.issue(withOptions(command, target));
  if (issued === undefined) return new NeverPromise<never>(attempt);
  return new SendHandle(attempt, invocationIdCompletionId, {
    kind: "oneWayCall",
    index: vm.commandIndex,
    name: command.name,
  });
}

/** What a send gives: the id is a promise only once somebody asks for it. */
class SendHandle implements InvocationHandle {
  readonly #attempt: Attempt;
  readonly #completionId: number;
  readonly #command: RelatedCommand;
  #invocationId: Promise<InvocationId> | undefined = undefined;

  constructor(attempt: Attempt, completionId: number, command: RelatedCommand) {
    this.#attempt = attempt;
    this.#completionId = completionId;
    this.#command = command;
  }

  get invocationId(): Promise<InvocationId> {
    if (this.#invocationId === undefined) {
      const node = this.#attempt.vm.leaf(this.#completionId);
      node.command = this.#command;
      this.#invocationId = new LeafPromise<InvocationId>(node, this.#attempt, undefined);
    }
    return this.#invocationId;
  }
}

/** The command itself for most calls: those without any option. */
function withOptions<C extends CallCommand | OneWayCallCommand>(
  command: C,
  { scope, options }: CallTarget,
): C {
  if (scope === undefined && options === undefined) return command;
  const { idempotencyKey, limitKey } = options ?? NO_OPTIONS;
  return {
    ...command,
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    ...(scope === undefined ? {} : { scope }),
    ...(limitKey === undefined ? {} : { limitKey }),
  };
}

function serializeParameter(
  { handler }: Attempt,
  target: CallTarget,
  parameter: unknown,
  serde: Serde<unknown>,
): Uint8Array {
  const what = `the parameter for ${target.service}/${target.handler}`;
  return serializeNamed(serde, parameter, what, handler);
}

function checkTarget(attempt: Attempt, target: CallTarget): void {
  const { service, handler, scope, options } = target;
  if (scope === undefined && options === undefined) return;
  const { idempotencyKey, limitKey } = options ?? NO_OPTIONS;
  for (const [field, value] of Object.entries({ idempotencyKey, scope, limitKey })) {
    if (value !== "") continue;
    throw new Error(
      `the ${field} of a call to ${service}/${handler} must not be empty; leave it out if there is none`,
    );
  }
  if (attempt.version >= 7) return;
  if (scope === undefined && limitKey === undefined) return;
  throw new AttemptError({
    code: ErrorCode.unsupportedFeature,
    message:
      `scopes and limit keys need service protocol version 7, but version ${attempt.version} was ` +
      `negotiated for this call to ${service}/${handler}; leave them out, or let the server use ` +
      "version 7",
  });
}

function toHeaders(headers: Readonly<Record<string, string>>): readonly Header[] {
  return Object.entries(headers).map(([key, value]) => ({ key, value }));
}
