/** What a test makes go wrong: closures that fail, attempts that hang or are refused. */
import type { AttemptFault } from "./watched-endpoint.ts";

/** How a closure of `ctx.run` fails. */
export interface FailRunOptions {
  /** How many executions fail; by default 1. `Infinity` for all. */
  readonly times?: number;
  /** What they throw; by default an `Error`, which is retried. A `TerminalError` is not. */
  readonly error?: Error;
  /** Whether the closure is executed first, and its result lost. By default it is not. */
  readonly after?: boolean;
  /** Only in handlers of this service. */
  readonly service?: string;
}

/** Which attempts something befalls. */
export interface AttemptFaultOptions {
  /** How many attempts; by default 1. */
  readonly times?: number;
  /** Only this handler of the service. */
  readonly handler?: string;
}

/** Faults that a test asks for; each wears off when it has happened often enough. */
export interface Faults {
  /** Lets executions of the closures `ctx.run(name, …)` fail. */
  failRun(name: string, options?: FailRunOptions): void;
  /**
   * Lets attempts hang: the handler runs, and nothing of what it does reaches the server, which gives
   * up when the inactivity timeout and the abort timeout have passed.
   */
  hang(service: string, options?: AttemptFaultOptions): void;
  /** Lets attempts be refused, as by a deployment that cannot be reached. */
  refuse(service: string, options?: AttemptFaultOptions): void;
  /** Takes back what has not happened yet. */
  clear(): void;
}

interface RunFault extends FailRunOptions {
  readonly name: string;
  left: number;
}

interface OpenFault extends AttemptFaultOptions {
  readonly kind: AttemptFault;
  readonly service: string;
  left: number;
}

export class FaultPlan implements Faults {
  #runs: RunFault[] = [];
  #opens: OpenFault[] = [];

  failRun(name: string, options: FailRunOptions = {}): void {
    this.#runs.push({ ...options, name, left: checkedTimes(options.times) });
  }

  hang(service: string, options: AttemptFaultOptions = {}): void {
    this.#addOpen("hang", service, options);
  }

  refuse(service: string, options: AttemptFaultOptions = {}): void {
    this.#addOpen("refuse", service, options);
  }

  clear(): void {
    this.#runs = [];
    this.#opens = [];
  }

  /** Takes the fault of an attempt that opens. */
  takeOpen(service: string, handler: string): AttemptFault | undefined {
    const fault = this.#opens.find(
      (one) => one.left > 0 && one.service === service && (one.handler ?? handler) === handler,
    );
    if (fault === undefined) return undefined;
    fault.left -= 1;
    return fault.kind;
  }

  /** Takes the fault of a closure that is about to be executed. */
  takeRun(service: string, name: string): FailRunOptions | undefined {
    const fault = this.#runs.find(
      (one) => one.left > 0 && one.name === name && (one.service ?? service) === service,
    );
    if (fault === undefined) return undefined;
    fault.left -= 1;
    return fault;
  }

  #addOpen(kind: AttemptFault, service: string, options: AttemptFaultOptions): void {
    this.#opens.push({ ...options, kind, service, left: checkedTimes(options.times) });
  }
}

function checkedTimes(times = 1): number {
  if (times > 0) return times;
  throw new RangeError(
    `a fault that happens ${times} times never happens; times must be at least 1`,
  );
}
