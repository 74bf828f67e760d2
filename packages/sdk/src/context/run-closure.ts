/** Executes the closure of a run and reports what it came to. */

import { type Duration, ErrorBehavior, type Outcome, type Serde, toMillis } from "@rejoin/protocol";
import type { Attempt } from "../attempt/attempt.ts";
import type { RunInterceptor } from "../attempt/attempt-hooks.ts";
import { toFailure } from "../attempt/outcome.ts";
import { ErrorCode, PauseError, RetryableError, TerminalError, toError } from "../errors.ts";
import { isThenable } from "../promise/promises.ts";
import { serializeNamed } from "../serde/unserializable.ts";
import type { AttemptFailure } from "../vm/attempt-failure.ts";
import type { LeafNode } from "../vm/await-node.ts";
import { decideRunRetry, type RunRetryPolicy, type RunTries } from "../vm/run-retry.ts";
import type { RunHandle } from "../vm/runs.ts";
import type { RunAction, RunOptions } from "./context.ts";

interface RunClosureFields<T> {
  readonly leaf: LeafNode;
  readonly name: string;
  readonly commandIndex: number;
  readonly replayed: boolean;
  readonly action: RunAction<T>;
  readonly serde: Serde<T>;
  readonly options: RunOptions<T> | undefined;
}

export class RunClosure<T> implements RunHandle {
  readonly leaf: LeafNode;
  readonly name: string;
  readonly commandIndex: number;
  readonly replayed: boolean;
  readonly #attempt: Attempt;
  readonly #serde: Serde<T>;
  readonly #options: RunOptions<T> | undefined;
  readonly #action: RunAction<T>;
  #startedAt = 0;
  #start: () => void = () => {};

  constructor(attempt: Attempt, fields: RunClosureFields<T>) {
    this.#attempt = attempt;
    this.leaf = fields.leaf;
    this.name = fields.name;
    this.commandIndex = fields.commandIndex;
    this.replayed = fields.replayed;
    this.#serde = fields.serde;
    this.#options = fields.options;
    this.#action = fields.action;
    // What follows a promise runs in the asynchronous context of who asked for it: the handler's.
    const started = new Promise<void>((resolve) => {
      this.#start = resolve;
    });
    void started.then(() => this.#execute());
  }

  execute(): void {
    this.#start();
  }

  #execute(): void {
    const { hooks, ports, ended } = this.#attempt;
    if (ended) return;
    this.#startedAt = ports.now();
    if (hooks?.run !== undefined) {
      this.#executeWithin(hooks.run);
      return;
    }
    try {
      const result = this.#callAction();
      if (isThenable(result)) {
        result.then(
          (value) => this.#returned(value as T),
          (error) => this.#threw(error),
        );
      } else {
        this.#returned(result as T);
      }
    } catch (error) {
      this.#threw(error);
    }
  }

  #executeWithin(interceptor: RunInterceptor): void {
    // An interceptor that catches the failure makes it a success without a value.
    let result: T | undefined;
    const executed = interceptor(this.name, async () => {
      result = await this.#callAction();
    });
    executed.then(
      () => this.#returned(result as T),
      (error) => this.#threw(error),
    );
  }

  /** As far as it runs at once, the attempt knows that it is in a closure. */
  #callAction(): T | Promise<T> {
    this.#attempt.closure = this;
    try {
      return this.#action();
    } finally {
      this.#attempt.closure = undefined;
    }
  }

  #returned(value: T): void {
    if (this.#attempt.ended) return;
    let bytes: Uint8Array;
    try {
      bytes = serializeNamed(
        this.#serde,
        value,
        `the result of ctx.run '${this.name}' (command index ${this.commandIndex})`,
        this.#attempt.handler,
      );
    } catch (error) {
      this.#attempt.fail(error, this.#related);
      return;
    }
    this.#propose({ kind: "value", value: bytes });
  }

  #threw(thrown: unknown): void {
    const attempt = this.#attempt;
    if (attempt.ended) return;
    const error = toError(thrown, attempt.handler.asTerminalError);
    if (error instanceof TerminalError) {
      this.#proposeFailure(error);
    } else if (error instanceof PauseError) {
      this.#pause(error);
    } else {
      this.#failTransiently(error);
    }
  }

  #failTransiently(error: Error): void {
    const attempt = this.#attempt;
    const delay = error instanceof RetryableError ? error.retryAfter : undefined;
    const delayMs = delay === undefined ? undefined : toMillis(delay);
    const decision = decideRunRetry(this.#tries(), toRetryPolicy(this.#options), delayMs);
    if (!(error instanceof RetryableError)) attempt.log.runFailed(this.name, error);
    if (decision.kind === "giveUp") {
      this.#proposeFailure(new TerminalError(error.message));
      return;
    }
    const { afterMs } = decision;
    attempt.end({
      ...this.#toFailure(error),
      ...(afterMs === undefined ? {} : { nextRetryDelayMs: afterMs }),
    });
  }

  #pause(error: PauseError): void {
    const { version } = this.#attempt;
    if (version >= 7) {
      this.#attempt.end({ ...this.#toFailure(error), behavior: ErrorBehavior.pause });
      return;
    }
    this.#attempt.end({
      ...this.#toFailure(error),
      code: ErrorCode.unsupportedFeature,
      message:
        `pausing needs service protocol version 7, but version ${version} was negotiated: ` +
        error.message,
    });
  }

  /** A run that was issued in this attempt has not been tried before. */
  #tries(): RunTries {
    const { now } = this.#attempt.ports;
    const durationMs = Math.max(0, now() - this.#startedAt);
    if (!this.replayed) return { count: 1, durationMs };
    const start = this.#attempt.vm.startMessage;
    return {
      count: start.retryCountSinceLastStoredEntry + 1,
      durationMs: start.durationSinceLastStoredEntryMs + durationMs,
    };
  }

  #proposeFailure(error: TerminalError): void {
    this.#propose({ kind: "failure", failure: toFailure(error, this.#attempt.version) });
  }

  #propose(outcome: Outcome): void {
    this.#attempt.vm.proposeRun(this, outcome);
    this.#attempt.scheduleTurn();
  }

  #toFailure(error: Error): AttemptFailure {
    return {
      code: ErrorCode.internal,
      message: error.message,
      stacktrace: error.stack ?? "",
      related: this.#related,
    };
  }

  get #related() {
    return { kind: "run", index: this.commandIndex, name: this.name } as const;
  }
}

/** Setting any of the retry options activates a policy; setting none leaves it to the server. */
function toRetryPolicy<T>(options: RunOptions<T> | undefined): RunRetryPolicy | undefined {
  if (options === undefined) return undefined;
  const policy: RunRetryPolicy = {
    initialIntervalMs: millisOf(options.initialRetryInterval),
    maxIntervalMs: millisOf(options.maxRetryInterval),
    factor: options.retryIntervalFactor,
    maxAttempts: options.maxRetryAttempts,
    maxDurationMs: millisOf(options.maxRetryDuration),
  };
  return Object.values(policy).every((value) => value === undefined) ? undefined : policy;
}

function millisOf(duration: Duration | number | undefined): number | undefined {
  return duration === undefined ? undefined : toMillis(duration);
}
