/** Ids of invocations that come as text. */
import type { InvocationId } from "./restate-promise.ts";

const PREFIX = "inv";

/** Checks texts that are said to be ids. */
export const InvocationIdParser = {
  /** Throws an `Error` unless `id` begins as ids of invocations do. */
  fromString(id: string): InvocationId {
    if (id.startsWith(PREFIX)) return id as InvocationId;
    throw new Error(`${JSON.stringify(id)} is no id of an invocation: these begin with "inv_"`);
  },
} as const;
