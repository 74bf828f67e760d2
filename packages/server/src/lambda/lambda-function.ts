/** A function of AWS Lambda, and the role that may call it. */
export interface LambdaFunction {
  /** Qualified by a version or an alias. */
  readonly arn: string;
  /** If it is not the server's own. */
  readonly assumeRoleArn: string | undefined;
}

/** What calls functions. */
export interface FunctionCaller {
  /** Calls a function and waits for its answer. Rejects with a `LambdaError`. */
  call(target: LambdaFunction, payload: Uint8Array, signal: AbortSignal): Promise<Uint8Array>;
}
