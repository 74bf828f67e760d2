/** Runs the nodes of a program as handlers of the real SDK. */
import {
  CancelledError,
  type Context,
  RestatePromise,
  RetryableError,
  rpc,
  type ServiceDefinition,
  service,
  TerminalError,
} from "@rejoin/sdk";
import {
  CONSTANTS,
  contributionOf,
  type Predictor,
  RUN_FAILURE_CODE,
  sumInOrder,
} from "./predict.ts";
import {
  inputOf,
  keyOf,
  mix,
  type NodeInput,
  type NodeResult,
  nodeOf,
  type Operation,
  type Outcome,
  type Program,
  type Step,
} from "./program.ts";

/** One attempt, as whoever watches it knows it. */
export type Watched = object;

/** Told what user code does and sees. */
export interface Watcher {
  /** The attempt whose handler is being called. */
  entered(ctx: Context, node: number): Watched;
  /** User code saw something: the same in every attempt, or replaying has gone wrong. */
  saw(attempt: Watched, path: string, what: string): void;
  /** What was seen is none of what is possible. */
  impossible(attempt: Watched, path: string, what: string): void;
  /** The closure of a run has started; the result is different for each execution. */
  executes(attempt: Watched, run: string): number;
  /** User code has the result of a run: it must never be executed again. */
  acknowledged(attempt: Watched, run: string): void;
  /** How often this place has been reached, in all attempts. */
  reached(attempt: Watched, path: string): number;
  sleep(attempt: Watched, ms: number): Promise<void>;
  returned(attempt: Watched, outcome: Outcome): void;
  /** Whether its calls may have scopes: older versions of the protocol know none. */
  mayScope(attempt: Watched): boolean;
  /** A cancellation has reached user code. */
  cancelled(attempt: Watched, path: string): void;
}

interface Handlers {
  run(ctx: Context, input: NodeInput): Promise<NodeResult>;
}

export type SimService = ServiceDefinition<"sim", Handlers>;

interface RunResult {
  readonly value: number;
  readonly nonce: number;
  readonly padding?: string;
}

/** The service whose only handler runs the node that its input names. */
export function createService(
  program: Program,
  predictor: Predictor,
  watcher: Watcher,
): SimService {
  const definition: SimService = service({
    name: "sim",
    handlers: {
      run: async (ctx: Context, input: NodeInput): Promise<NodeResult> => {
        const attempt = watcher.entered(ctx, input.node);
        const execution = new Execution({ program, predictor, watcher, definition }, ctx, attempt);
        return await execution.node(input.node);
      },
    },
  });
  return definition;
}

interface Surroundings {
  readonly program: Program;
  readonly predictor: Predictor;
  readonly watcher: Watcher;
  readonly definition: SimService;
}

class Execution {
  private readonly around: Surroundings;
  private readonly ctx: Context;
  private readonly attempt: Watched;
  private cancellation: CancelledError | undefined;

  constructor(around: Surroundings, ctx: Context, attempt: Watched) {
    this.around = around;
    this.ctx = ctx;
    this.attempt = attempt;
  }

  async node(id: number): Promise<NodeResult> {
    const { watcher, program } = this.around;
    const { failsWith, steps, padding } = nodeOf(program, id);
    const value = await this.topSteps(steps, id % 2 === 0);
    if (failsWith !== undefined) {
      watcher.returned(this.attempt, { ok: false, code: failsWith });
      throw new TerminalError("as planned", { errorCode: failsWith });
    }
    watcher.returned(this.attempt, { ok: true, value });
    return padding === 0 ? { value } : { value, padding: "o".repeat(padding) };
  }

  /** A handler that has been cancelled ends after the step that was, or goes on all the same. */
  private async topSteps(steps: readonly Step[], endsWhenCancelled: boolean): Promise<number> {
    let sum = 0;
    for (const [i, step] of steps.entries()) {
      sum = mix(sum, await this.step(step, `${i}`));
      if (this.cancellation !== undefined && endsWhenCancelled) throw this.cancellation;
    }
    return sum;
  }

  /** The terminal error that an await ended in; any other ends the attempt. */
  private terminal(error: unknown, path: string): TerminalError {
    if (!(error instanceof TerminalError)) throw error;
    if (error instanceof CancelledError) {
      this.cancellation = error;
      this.around.watcher.cancelled(this.attempt, path);
    }
    return error;
  }

  private async steps(steps: readonly Step[], prefix: string): Promise<number> {
    let sum = 0;
    for (const [i, step] of steps.entries()) sum = mix(sum, await this.step(step, `${prefix}${i}`));
    return sum;
  }

  private async step(step: Step, path: string): Promise<number> {
    switch (step.kind) {
      case "await":
        return contributionOf(await this.awaited(step.operation, path));
      case "timeout":
        return await this.withTimeout(step, path);
      case "group":
        return await this.group(step, path);
      case "send":
        return await this.send(step, path);
      case "throw":
        return this.throwAtFirst(step, path);
      case "branches":
        return await this.branches(step.branches, path);
    }
  }

  private async awaited(operation: Operation, path: string): Promise<Outcome> {
    const outcome = await this.outcomeOf(this.start(operation, path), operation, path);
    this.expect(outcome, [operation], path);
    return outcome;
  }

  /** What an operation's promise comes to; seen by user code, and so told to the watcher. */
  private async outcomeOf(
    promise: Promise<unknown>,
    operation: Operation,
    path: string,
  ): Promise<Outcome> {
    try {
      const result = await promise;
      this.see(path, result);
      if (operation.kind === "run") this.around.watcher.acknowledged(this.attempt, path);
      return { ok: true, value: valueIn(result) };
    } catch (error) {
      const { code } = this.terminal(error, path);
      this.see(path, `failure ${code}`);
      const isKnown = operation.kind === "run" && !(error instanceof CancelledError);
      if (isKnown) this.around.watcher.acknowledged(this.attempt, path);
      return { ok: false, code };
    }
  }

  private async withTimeout(
    { operation, ms }: Extract<Step, { kind: "timeout" }>,
    path: string,
  ): Promise<number> {
    const { predictor, watcher } = this.around;
    try {
      const result = await this.start(operation, path).orTimeout(ms);
      this.see(path, result);
      this.expect({ ok: true, value: valueIn(result) }, [operation], path);
    } catch (error) {
      const { code } = this.terminal(error, path);
      this.see(path, `failure ${code}`);
      const planned = predictor.operation(operation);
      const possible = code === 408 || (!planned.ok && planned.code === code);
      if (!possible) watcher.impossible(this.attempt, path, `failure ${code}`);
    }
    return CONSTANTS.timeout;
  }

  private async group(step: Extract<Step, { kind: "group" }>, path: string): Promise<number> {
    const { operations, mode } = step;
    const promises = operations.map((operation, i) => this.start(operation, `${path}.${i}`));
    switch (mode) {
      case "all":
        return await this.all(promises, step, path);
      case "allSettled":
        return await this.allSettled(promises, step, path);
      case "order":
        return await this.inOrder(promises, step, path);
      default:
        return await this.firstOf(promises, step, path);
    }
  }

  private async all(
    promises: readonly RestatePromise<unknown>[],
    { operations }: Extract<Step, { kind: "group" }>,
    path: string,
  ): Promise<number> {
    try {
      const results = await RestatePromise.all(promises);
      this.see(path, results);
      this.acknowledgeAll(operations, path);
      const outcomes = results.map((result): Outcome => ({ ok: true, value: valueIn(result) }));
      for (const [i, outcome] of outcomes.entries()) this.expectAt(outcome, operations, i, path);
      return sumInOrder(outcomes);
    } catch (error) {
      const { code } = this.terminal(error, path);
      this.see(path, `failure ${code}`);
      this.expect({ ok: false, code }, operations, path);
      return CONSTANTS.failed;
    }
  }

  private async allSettled(
    promises: readonly RestatePromise<unknown>[],
    { operations }: Extract<Step, { kind: "group" }>,
    path: string,
  ): Promise<number> {
    const results = await RestatePromise.allSettled(promises);
    const outcomes = results.map(settledOutcome);
    this.see(path, outcomes);
    this.acknowledgeAll(operations, path);
    for (const [i, outcome] of outcomes.entries()) this.expectAt(outcome, operations, i, path);
    return sumInOrder(outcomes);
  }

  private async inOrder(
    promises: readonly RestatePromise<unknown>[],
    { operations }: Extract<Step, { kind: "group" }>,
    path: string,
  ): Promise<number> {
    let sum = 0;
    let count = 0;
    for await (const { index, promise } of RestatePromise.inCompletionOrder(promises)) {
      const operation = operations[index] as Operation;
      this.see(`${path}#${count}`, index);
      const outcome = await this.outcomeOf(promise, operation, `${path}.${index}`);
      this.expect(outcome, [operation], `${path}.${index}`);
      sum = (sum + contributionOf(outcome)) >>> 0;
      count += 1;
    }
    const { watcher } = this.around;
    if (count !== promises.length) watcher.impossible(this.attempt, path, `${count} items`);
    return sum;
  }

  private async firstOf(
    promises: readonly RestatePromise<unknown>[],
    { operations, mode }: Extract<Step, { kind: "group" }>,
    path: string,
  ): Promise<number> {
    try {
      const combined =
        mode === "race" ? RestatePromise.race(promises) : RestatePromise.any(promises);
      const result = await combined;
      this.see(path, result);
      this.expect({ ok: true, value: valueIn(result) }, operations, path);
      return mode === "race" ? CONSTANTS.race : CONSTANTS.any;
    } catch (error) {
      if (error instanceof AggregateError && mode === "any") {
        this.see(path, "all failed");
        return CONSTANTS.failed;
      }
      const { code } = this.terminal(error, path);
      this.see(path, `failure ${code}`);
      this.expect({ ok: false, code }, operations, path);
      return CONSTANTS.race;
    }
  }

  private async send(
    { node, delayMs, awaitsId }: Extract<Step, { kind: "send" }>,
    path: string,
  ): Promise<number> {
    const { program, definition } = this.around;
    const { clients, limitKey } = this.clientsFor(node);
    const options = rpc.sendOpts<NodeInput>({
      ...limitKey,
      ...(delayMs === 0 ? {} : { delay: delayMs }),
      ...(nodeOf(program, node).keyed ? { idempotencyKey: keyOf(node) } : {}),
    });
    const handle = clients.serviceSendClient(definition).run(inputOf(program, node), options);
    if (awaitsId) this.see(path, await handle.invocationId);
    return CONSTANTS.send;
  }

  private throwAtFirst(
    { times, retryAfterMs }: Extract<Step, { kind: "throw" }>,
    path: string,
  ): number {
    if (this.around.watcher.reached(this.attempt, path) > times) return CONSTANTS.thrown;
    if (retryAfterMs === undefined) throw new Error("as planned: transient");
    throw new RetryableError("as planned: retryable", { retryAfter: retryAfterMs });
  }

  private async branches(branches: readonly (readonly Step[])[], path: string): Promise<number> {
    const settled = await Promise.allSettled(
      branches.map((branch, i) => this.steps(branch, `${path}b${i}.`)),
    );
    return settled.reduce((sum, branch) => {
      if (branch.status === "rejected") throw branch.reason;
      return mix(sum, branch.value);
    }, 0);
  }

  // ---- operations -------------------------------------------------------------------------------

  private start(operation: Operation, path: string): RestatePromise<unknown> {
    const { program, definition } = this.around;
    switch (operation.kind) {
      case "run":
        return this.ctx.run(path, () => this.execute(operation, path));
      case "sleep":
        return this.ctx.sleep(operation.ms);
      case "call": {
        const { clients, limitKey } = this.clientsFor(operation.node);
        const client = clients.serviceClient(definition);
        const input = inputOf(program, operation.node);
        if (nodeOf(program, operation.node).keyed) {
          const idempotencyKey = keyOf(operation.node);
          return client.run(input, rpc.opts({ ...limitKey, idempotencyKey }));
        }
        if (limitKey.limitKey === undefined) return client.run(input);
        return client.run(input, rpc.opts(limitKey));
      }
    }
  }

  /** Those with the scope of a node, if it has one. */
  private clientsFor(node: number): {
    readonly clients: Pick<Context, "serviceClient" | "serviceSendClient">;
    readonly limitKey: { readonly limitKey?: string };
  } {
    const { flow } = nodeOf(this.around.program, node);
    const { ctx, attempt } = this;
    if (flow === undefined || !this.around.watcher.mayScope(attempt)) {
      return { clients: ctx, limitKey: {} };
    }
    const { scope, limitKey } = flow;
    return { clients: ctx.scope(scope), limitKey: limitKey === undefined ? {} : { limitKey } };
  }

  private execute(
    run: Extract<Operation, { kind: "run" }>,
    path: string,
  ): RunResult | Promise<RunResult> {
    const { watcher } = this.around;
    const nonce = watcher.executes(this.attempt, path);
    if (run.ms === 0) return this.finishRun(run, path, nonce);
    return watcher.sleep(this.attempt, run.ms).then(() => this.finishRun(run, path, nonce));
  }

  private finishRun(
    run: Extract<Operation, { kind: "run" }>,
    path: string,
    nonce: number,
  ): RunResult {
    if (this.around.watcher.reached(this.attempt, `run ${path}`) <= run.failures) {
      if (run.failWith === "error") throw new Error("as planned: a run fails");
      throw new RetryableError("as planned: a run asks for a retry", { retryAfter: 20 });
    }
    if (run.terminal) throw new TerminalError("as planned", { errorCode: RUN_FAILURE_CODE });
    const { value, padding } = run;
    return padding === 0 ? { value, nonce } : { value, nonce, padding: "r".repeat(padding) };
  }

  private acknowledgeAll(operations: readonly Operation[], path: string): void {
    for (const [i, { kind }] of operations.entries()) {
      if (kind === "run") this.around.watcher.acknowledged(this.attempt, `${path}.${i}`);
    }
  }

  // ---- checks -----------------------------------------------------------------------------------

  private see(path: string, what: unknown): void {
    const text = JSON.stringify(what) ?? "nothing";
    this.around.watcher.saw(this.attempt, path, text.length > 200 ? text.slice(0, 200) : text);
  }

  /** `outcome` must be that of one of `operations`. */
  private expect(outcome: Outcome, operations: readonly Operation[], path: string): void {
    const { predictor, watcher } = this.around;
    const seen = contributionOf(outcome);
    const isPossible = operations.some((operation) => {
      const planned = predictor.operation(operation);
      return planned.ok === outcome.ok && contributionOf(planned) === seen;
    });
    if (!isPossible) watcher.impossible(this.attempt, path, JSON.stringify(outcome));
  }

  private expectAt(
    outcome: Outcome,
    operations: readonly Operation[],
    index: number,
    path: string,
  ): void {
    const operation = operations[index];
    this.expect(outcome, operation === undefined ? [] : [operation], `${path}.${index}`);
  }
}

/** The value in the result of a run or a call; a sleep has none. */
function valueIn(result: unknown): number {
  if (typeof result !== "object" || result === null || !("value" in result)) return 0;
  return Number(result.value);
}

function settledOutcome(result: PromiseSettledResult<unknown>): Outcome {
  if (result.status === "fulfilled") return { ok: true, value: valueIn(result.value) };
  const { reason } = result;
  return { ok: false, code: reason instanceof TerminalError ? reason.code : -1 };
}
