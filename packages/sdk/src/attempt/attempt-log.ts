/**
 * The log lines of one attempt: its own and those of user code. The attempt's life is told at DEBUG
 * (the reference says it at INFO): a fan-out would otherwise print two lines for each subtask.
 */
import type { BoundHandler } from "../definitions/bound-handler.ts";
import { PauseError, TerminalError } from "../errors.ts";
import { type LoggerContext, LogSource, RestateLogLevel } from "../logging/logger.ts";
import type { RunHandle } from "../vm/runs.ts";
import type { Vm } from "../vm/vm.ts";
import type { AttemptPorts } from "./ports.ts";

/** How many runs a line names. */
const LISTED_MAX = 5;

/** What is told of an attempt. */
export interface LoggedAttempt {
  readonly handler: BoundHandler;
  readonly vm: Vm;
  readonly request: { readonly logContext?: LoggerContext["additionalContext"] | undefined };
}

export class AttemptLog {
  readonly #ports: AttemptPorts;
  readonly #handler: BoundHandler;
  readonly #vm: Vm;
  readonly #additional: LoggerContext["additionalContext"];
  #context: LoggerContext | undefined = undefined;

  constructor(ports: AttemptPorts, { handler, vm, request }: LoggedAttempt) {
    this.#ports = ports;
    this.#handler = handler;
    this.#vm = vm;
    this.#additional = request.logContext;
  }

  get target(): string {
    const { service, name } = this.#handler;
    const { key } = this.#vm.startMessage;
    return key === "" ? `${service}/${name}` : `${service}/${key}/${name}`;
  }

  started(): void {
    const text = this.#vm.replaying ? "Replaying invocation." : "Starting invocation.";
    this.#journal(RestateLogLevel.DEBUG, text);
  }

  completed(): void {
    this.#journal(RestateLogLevel.DEBUG, "Invocation completed successfully.");
  }

  suspended(): void {
    this.#journal(RestateLogLevel.DEBUG, "Invocation suspended");
  }

  /** The closure of a run has failed transiently. */
  runFailed(name: string, error: Error): void {
    this.#journal(RestateLogLevel.WARN, `Error when processing ctx.run '${name}'.\n`, error);
  }

  /** The attempt, or the whole invocation, ends with this. */
  failed(error: Error): void {
    const what = error instanceof TerminalError ? "invocation" : "attempt";
    this.#journal(RestateLogLevel.WARN, `The ${what} has failed.\n`, error);
    if (!(error instanceof PauseError) || error instanceof TerminalError) return;
    this.#journal(
      RestateLogLevel.WARN,
      "A PauseError that is thrown outside of ctx.run does not pause; throw it inside.",
    );
  }

  /** User code uses the context although the attempt is over. */
  usedAfterEnd(operation: string): void {
    this.#journal(
      RestateLogLevel.ERROR,
      `${operation} was called on the context of ${this.target} after that attempt had ended. ` +
        "It has no effect and its promise never settles. Something was left running: await " +
        "everything that the handler starts, and do not use the context inside of ctx.run.",
    );
  }

  /** The handler has returned, and has not awaited these. */
  neverExecuted(runs: readonly RunHandle[]): void {
    const named = runs
      .slice(0, LISTED_MAX)
      .map(({ name, commandIndex }) => `'${name}' (command index ${commandIndex})`)
      .join(", ");
    const more = runs.length > LISTED_MAX ? ` and ${runs.length - LISTED_MAX} more` : "";
    this.#journal(
      RestateLogLevel.WARN,
      `${this.target} has returned, and ctx.run ${named}${more} was never executed: a closure starts ` +
        "when its promise, or something after it, is awaited. Await what ctx.run gives.",
    );
  }

  /** What the attempt wrote was not taken. */
  sinkFailed(error: Error): void {
    this.#journal(RestateLogLevel.ERROR, "Error when sending the output of an attempt.\n", error);
  }

  /** A line of user code; suppressed while replaying. */
  user(level: RestateLogLevel, parts: readonly unknown[]): void {
    this.#write(LogSource.USER, level, parts, this.#vm.replaying);
  }

  #journal(level: RestateLogLevel, ...parts: readonly unknown[]): void {
    this.#write(LogSource.JOURNAL, level, parts, false);
  }

  #write(
    source: LogSource,
    level: RestateLogLevel,
    parts: readonly unknown[],
    replaying: boolean,
  ): void {
    if (!this.#ports.isLogged(level, replaying)) return;
    this.#context ??= this.#createContext();
    const [message, ...rest] = parts;
    this.#ports.log({ source, level, replaying, context: this.#context }, message, ...rest);
  }

  #createContext(): LoggerContext {
    const { debugId, key } = this.#vm.startMessage;
    return {
      invocationId: debugId,
      serviceName: this.#handler.service,
      handlerName: this.#handler.name,
      invocationTarget: this.target,
      ...(key === "" ? {} : { key }),
      ...(this.#additional === undefined ? {} : { additionalContext: this.#additional }),
    };
  }
}
