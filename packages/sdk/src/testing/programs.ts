/** Random handlers, as data: for properties that hold whatever a handler does. */
import fc from "fast-check";
import {
  type InvocationId,
  type internal,
  type MapOptions,
  type MapScope,
  type OnError,
  RestatePromise,
  TerminalError,
  type WorkflowContext,
} from "../index.ts";

export type Expression =
  | { readonly kind: "run"; readonly fails: number }
  | { readonly kind: "sleep" }
  | { readonly kind: "call"; readonly bad: boolean }
  | { readonly kind: "callId" }
  | { readonly kind: "constant" }
  | { readonly kind: "awakeable" }
  | { readonly kind: "signal"; readonly name: "a" | "b" }
  | { readonly kind: "promise"; readonly peeks: boolean }
  | { readonly kind: "attach" }
  | { readonly kind: "state"; readonly name: StateName }
  | { readonly kind: "stateKeys" }
  | { readonly kind: "timeout"; readonly of: Expression }
  | {
      readonly kind: "map";
      readonly of: Expression;
      readonly fails: boolean;
      readonly later: boolean;
    }
  | ({ readonly kind: "mapItems" } & Mapped)
  | { readonly kind: "all" | "race" | "any" | "allSettled"; readonly of: readonly Expression[] };

/** Items of `ctx.map`: what its function gives for each, and after how many steps of its own. */
export interface Mapped {
  readonly of: readonly Expression[];
  readonly concurrency: number;
  readonly onError: OnError;
  readonly steps: number;
  readonly generated: boolean;
}

/** The first is sent along with a Start, the others are not. */
export type StateName = "known" | "other" | "third";

/** What the context of programs can do: that of a workflow, and explicit cancellation. */
export type ProgramContext = WorkflowContext & internal.ContextInternal;

export type Statement =
  | { readonly kind: "await"; readonly of: Expression }
  | { readonly kind: "send" }
  /** Throws at the first time that an attempt comes here. */
  | { readonly kind: "stumble" }
  | { readonly kind: "set" | "clear"; readonly name: StateName }
  | { readonly kind: "clearAll" | "signalOther" | "completeOther" | "completePromise" }
  /** Waits for the next cancellation, or what comes before it; then cancels its calls. */
  | { readonly kind: "untilCancelled"; readonly of: Expression }
  | { readonly kind: "inOrder"; readonly of: readonly Expression[] }
  /** `ctx.mapUnordered`, left after so many items. */
  | ({ readonly kind: "unordered"; readonly leftAfter: number } & Mapped)
  /** Branches that run concurrently, joined by the native `Promise.all`. */
  | { readonly kind: "branches"; readonly of: readonly (readonly Statement[])[] }
  /** Promises of the context, joined by the native `Promise.all`. */
  | { readonly kind: "native"; readonly of: readonly Expression[] };

const stateName: fc.Arbitrary<StateName> = fc.constantFrom("known", "other", "third");

const mapped = (expression: fc.Arbitrary<Expression>) => ({
  of: fc.array(expression, { maxLength: 5 }),
  concurrency: fc.integer({ min: 1, max: 4 }),
  onError: fc.constantFrom<OnError>("fail", "cancel", "settle"),
  steps: fc.integer({ min: 0, max: 2 }),
  generated: fc.boolean(),
});

const parts = fc.letrec<{ expression: Expression; statement: Statement }>((tie) => ({
  expression: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.record({ kind: fc.constant("run" as const), fails: fc.integer({ min: 0, max: 2 }) }),
    fc.record({ kind: fc.constant("sleep" as const) }),
    fc.record({ kind: fc.constant("call" as const), bad: fc.boolean() }),
    fc.record({ kind: fc.constant("callId" as const) }),
    fc.record({ kind: fc.constant("constant" as const) }),
    fc.record({ kind: fc.constant("awakeable" as const) }),
    fc.record({
      kind: fc.constant("signal" as const),
      name: fc.constantFrom("a" as const, "b" as const),
    }),
    fc.record({ kind: fc.constant("promise" as const), peeks: fc.boolean() }),
    fc.record({ kind: fc.constantFrom("attach" as const, "stateKeys" as const) }),
    fc.record({ kind: fc.constant("state" as const), name: stateName }),
    fc.record({ kind: fc.constant("timeout" as const), of: tie("expression") }),
    fc.record({
      kind: fc.constant("map" as const),
      of: tie("expression"),
      fails: fc.boolean(),
      later: fc.boolean(),
    }),
    fc.record({ kind: fc.constant("mapItems" as const), ...mapped(tie("expression")) }),
    fc.record({
      kind: fc.constantFrom("all" as const, "race" as const, "any" as const, "allSettled" as const),
      of: fc.array(tie("expression"), { minLength: 1, maxLength: 3 }),
    }),
  ),
  statement: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.record({ kind: fc.constant("await" as const), of: tie("expression") }),
    fc.record({ kind: fc.constantFrom("send" as const, "stumble" as const) }),
    fc.record({
      kind: fc.constantFrom("set" as const, "clear" as const),
      name: stateName,
    }),
    fc.record({
      kind: fc.constantFrom(
        "clearAll" as const,
        "signalOther" as const,
        "completeOther" as const,
        "completePromise" as const,
      ),
    }),
    fc.record({ kind: fc.constant("untilCancelled" as const), of: tie("expression") }),
    fc.record({
      kind: fc.constantFrom("inOrder" as const, "native" as const),
      of: fc.array(tie("expression"), { minLength: 1, maxLength: 3 }),
    }),
    fc.record({
      kind: fc.constant("unordered" as const),
      leftAfter: fc.integer({ min: 1, max: 6 }),
      ...mapped(tie("expression")),
    }),
    fc.record({
      kind: fc.constant("branches" as const),
      of: fc.array(fc.array(tie("statement"), { minLength: 1, maxLength: 3 }), {
        minLength: 2,
        maxLength: 3,
      }),
    }),
  ),
}));

/** Handlers of all that there is. */
export const program: fc.Arbitrary<readonly Statement[]> = parts.statement.map((first) => [first]);

const mapItems: fc.Arbitrary<Expression> = fc.record({
  kind: fc.constant("mapItems" as const),
  ...mapped(parts.expression),
});

/** Handlers that map, alone or beside something else. */
export const mapProgram: fc.Arbitrary<readonly Statement[]> = fc
  .oneof(
    fc.record({ kind: fc.constant("await" as const), of: mapItems }),
    fc.record({
      kind: fc.constant("await" as const),
      of: fc.record({
        kind: fc.constantFrom("all" as const, "race" as const, "allSettled" as const),
        of: fc.tuple(mapItems, parts.expression),
      }),
    }),
    fc.record({
      kind: fc.constant("unordered" as const),
      leftAfter: fc.integer({ min: 1, max: 6 }),
      ...mapped(parts.expression),
    }),
    parts.statement,
  )
  .map((statement) => [statement]);

/** Executes a program; its result tells in which order what happened. */
export function toHandler(
  statements: readonly Statement[],
  { fails }: { readonly fails: boolean },
): (ctx: ProgramContext) => Promise<unknown> {
  const failures = fails ? new Map<number, number>() : undefined;
  return async (ctx) => {
    const interpreter = new Interpreter(ctx, failures);
    await interpreter.execute(statements, "");
    return interpreter.trace;
  };
}

function toItems({ of, generated }: Mapped): Iterable<Expression> {
  return generated ? of.values() : of;
}

function toOptions({ concurrency, onError }: Mapped): MapOptions {
  return { concurrency, onError };
}

const OTHER = "inv_other" as InvocationId;

/** Ends the attempt, as errors that are not terminal do. */
class Stumble extends Error {}

class Interpreter {
  readonly trace: string[] = [];
  readonly #ctx: ProgramContext;
  /** Of each run and stumble, how often it has failed: that outlives attempts. */
  readonly #failures: Map<number, number> | undefined;
  #count = 0;

  constructor(ctx: ProgramContext, failures: Map<number, number> | undefined) {
    this.#ctx = ctx;
    this.#failures = failures;
  }

  async execute(statements: readonly Statement[], path: string): Promise<void> {
    for (const [index, statement] of statements.entries()) {
      try {
        const value = await this.#perform(statement, `${path}${index}`);
        this.trace.push(`${path}${index}: ${JSON.stringify(value)}`);
      } catch (error) {
        if (error instanceof Stumble) throw error;
        this.trace.push(`${path}${index}! ${String(error)}`);
      }
    }
  }

  async #perform(statement: Statement, path: string): Promise<unknown> {
    switch (statement.kind) {
      case "await":
        return await this.#evaluate(statement.of);
      case "send":
        this.#ctx.genericSend({
          service: "svc",
          method: `sent${this.#count++}`,
          parameter: new Uint8Array([1]),
        });
        return "sent";
      case "stumble": {
        const id = this.#count++;
        if (this.#failures === undefined || this.#failures.has(id)) return "went on";
        this.#failures.set(id, 1);
        throw new Stumble();
      }
      case "set":
        this.#ctx.set(statement.name, this.#count++);
        return "set";
      case "clear":
        this.#ctx.clear(statement.name);
        return "cleared";
      case "clearAll":
        this.#ctx.clearAll();
        return "all cleared";
      case "signalOther":
        this.#ctx
          .invocation(OTHER)
          .signal("s")
          .resolve(this.#count++);
        return "signalled";
      case "completeOther":
        this.#ctx.resolveAwakeable("sign_1other", this.#count++);
        return "completed";
      case "completePromise":
        return await this.#ctx.promise(`p${this.#count}`).resolve(this.#count++);
      case "untilCancelled": {
        const first = this.#evaluate(statement.of).map(() => "came first");
        const cancelled = this.#ctx.cancellation().map(() => "cancelled");
        const result = await RestatePromise.race([first, cancelled]);
        return [result, await this.#ctx.cancelPreviousCalls()];
      }
      case "native":
        return await Promise.all(statement.of.map((child) => this.#evaluate(child)));
      case "branches":
        await Promise.all(
          statement.of.map((branch, index) => this.execute(branch, `${path}/${index}.`)),
        );
        return "joined";
      case "inOrder": {
        const promises = statement.of.map((child) => this.#evaluate(child));
        const order: number[] = [];
        for await (const { index } of RestatePromise.inCompletionOrder(promises)) {
          order.push(index);
          this.trace.push(`${path} item ${index}`);
        }
        return order;
      }
      case "unordered": {
        let left = statement.leftAfter;
        for await (const item of this.#mapUnordered(statement)) {
          this.trace.push(`${path} item ${JSON.stringify(item)}`);
          if (--left === 0) return "left";
        }
        return "read";
      }
    }
  }

  #map(mapped: Mapped): RestatePromise<unknown> {
    return this.#ctx.map(toItems(mapped), this.#toFunction(mapped), toOptions(mapped));
  }

  #mapUnordered(mapped: Mapped): AsyncIterable<unknown> {
    return this.#ctx.mapUnordered(toItems(mapped), this.#toFunction(mapped), toOptions(mapped));
  }

  #toFunction({ steps }: Mapped) {
    return (item: Expression, index: number, { signal }: MapScope) => {
      if (steps === 0) return this.#evaluate(item);
      return (async () => {
        for (let step = 1; step < steps; step++) await this.#ctx.sleep(10);
        const value = await this.#evaluate(item);
        return [index, value, signal.aborted];
      })();
    };
  }

  #evaluate(expression: Expression): RestatePromise<unknown> {
    switch (expression.kind) {
      case "run":
        return this.#run(this.#count++, expression.fails);
      case "sleep":
        return this.#ctx.sleep(10);
      case "call":
        return this.#call(`${expression.bad ? "bad" : "good"}${this.#count++}`);
      case "callId":
        return this.#call(`id${this.#count++}`).invocationId as RestatePromise<unknown>;
      case "constant":
        return RestatePromise.resolve(this.#count++);
      case "awakeable":
        return this.#ctx.awakeable<unknown>().promise;
      case "signal":
        return this.#ctx.signal<unknown>(expression.name);
      case "promise": {
        const promise = this.#ctx.promise(`p${this.#count++}`);
        return expression.peeks ? promise.peek() : promise;
      }
      case "attach":
        return this.#ctx.invocation(OTHER).attach();
      case "state":
        return this.#ctx.get<unknown>(expression.name);
      case "stateKeys":
        return this.#ctx.stateKeys();
      case "timeout":
        return this.#evaluate(expression.of).orTimeout(10);
      case "map":
        return this.#evaluate(expression.of).map((value, failure) => {
          if (expression.later) return this.#later(value);
          if (expression.fails) throw new TerminalError("mapped");
          return `mapped ${JSON.stringify(value)} ${failure?.message} ${this.#ctx.rand.random()}`;
        });
      case "mapItems":
        return this.#map(expression);
      default: {
        const children = expression.of.map((child) => this.#evaluate(child));
        return RestatePromise[expression.kind](children);
      }
    }
  }

  async #later(value: unknown): Promise<unknown> {
    await Promise.resolve();
    return [value, await this.#call(`later${this.#count++}`)];
  }

  #call(method: string) {
    return this.#ctx.genericCall({
      service: "svc",
      method,
      parameter: new TextEncoder().encode(method),
    });
  }

  #run(id: number, fails: number): RestatePromise<unknown> {
    return this.#ctx.run(`run ${id}`, async () => {
      const failed = this.#failures?.get(id) ?? 0;
      this.#failures?.set(id, failed + 1);
      if (this.#failures !== undefined && failed < fails) throw new Error(`run ${id} fails`);
      return `run ${id} done`;
    });
  }
}
