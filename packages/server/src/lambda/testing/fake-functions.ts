/** Functions that do what the test says. */
import type { FunctionCaller, LambdaFunction } from "../lambda-function.ts";

/** A request as a function gets it. */
export interface LambdaEvent {
  readonly path: string;
  readonly httpMethod: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface LambdaCall {
  readonly target: LambdaFunction;
  readonly event: LambdaEvent;
  readonly signal: AbortSignal;
}

/** Remembers its calls; what `run` gives is the payload of the answer. */
export class FakeFunctions implements FunctionCaller {
  readonly calls: LambdaCall[] = [];
  readonly #run: (call: LambdaCall) => unknown;

  constructor(run: (call: LambdaCall) => unknown) {
    this.#run = run;
  }

  async call(
    target: LambdaFunction,
    payload: Uint8Array,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const event = JSON.parse(new TextDecoder().decode(payload)) as LambdaEvent;
    const call = { target, event, signal };
    this.calls.push(call);
    return new TextEncoder().encode(JSON.stringify(await this.#run(call)));
  }
}
