/** Single requests of scenarios. */
import { type Post, post } from "../work/load.ts";

export interface CallOptions {
  readonly limitMs: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Posts a value and gives the value that was answered. */
export async function call<T>(
  baseUrl: string,
  path: string,
  input: unknown,
  { limitMs, headers = {} }: CallOptions,
): Promise<T> {
  const signal = AbortSignal.timeout(limitMs);
  const request: Post = { body: JSON.stringify(input), signal, headers };
  return JSON.parse(await post(new URL(path, baseUrl), request)) as T;
}
