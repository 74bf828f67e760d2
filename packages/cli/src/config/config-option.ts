/** An option of `rejoin server`. */
import type { ValueKind } from "./value-kinds.ts";

/** How the variables of the Restate server begin that concern attempts. */
export const INVOKER = "RESTATE_WORKER__INVOKER__";

/** A variable of the Restate server with the same meaning. */
export interface Fallback {
  readonly variable: string;
  /** Its text as this option takes it. */
  readonly translate?: (text: string) => string;
}

export interface ConfigOption<T> {
  /** Its name in the file: `limits.attempts-max` is `attempts-max` in the table `limits`. */
  readonly name: string;
  readonly kind: ValueKind<T>;
  readonly default: T;
  readonly help: string;
  readonly fallbacks: readonly Fallback[];
}

type Extra = Pick<ConfigOption<unknown>, "help"> & {
  readonly from?: readonly (string | Fallback)[];
};

/** An option as the table of options has it. */
export function option<T>(
  name: string,
  kind: ValueKind<T>,
  value: NoInfer<T>,
  { help, from = [] }: Extra,
): ConfigOption<T> {
  const fallbacks = from.map((entry) => (typeof entry === "string" ? { variable: entry } : entry));
  return { name, kind, default: value, help, fallbacks };
}
