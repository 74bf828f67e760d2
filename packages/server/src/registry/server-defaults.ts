/** The defaults of a server as somebody gives them: some of them, and perhaps wrong ones. */
import type { RetryPolicy } from "@rejoin/engine";
import { SERVER_DEFAULTS, type ServerDefaults } from "./settings.ts";

/** What holds where a service says nothing; what is left out is as usual. */
export type ServerDefaultsOptions = Partial<Omit<ServerDefaults, "retryPolicy">> & {
  readonly retryPolicy?: Partial<RetryPolicy>;
};

/** What is wrong with a value; `undefined` if nothing is. */
type Check = (value: unknown) => string | undefined;
/** By the names of the fields; there are no others. */
type Checks<T> = {
  readonly [K in keyof Required<T>]: Check;
};

const milliseconds = inRange(0, "a number of milliseconds, 0 or more");
const attempts: Check = (value) =>
  Number.isSafeInteger(value) && Number(value) >= 1 ? undefined : "must be an integer from 1 on";

const RETRY_POLICY: Checks<RetryPolicy> = {
  initialIntervalMs: milliseconds,
  exponentiationFactor: inRange(1, "a number from 1 on"),
  maxIntervalMs: milliseconds,
  maxAttempts: attempts,
  onMaxAttempts: (value) =>
    value === "pause" || value === "kill" ? undefined : "must be pause or kill",
};

const MAXIMA: Checks<NonNullable<ServerDefaults["maxima"]>> = {
  idempotencyRetentionMs: milliseconds,
  workflowRetentionMs: milliseconds,
  journalRetentionMs: milliseconds,
  retryMaxAttempts: attempts,
};

const DEFAULTS: Readonly<Record<keyof ServerDefaults, Check | Readonly<Record<string, Check>>>> = {
  idempotencyRetentionMs: milliseconds,
  workflowRetentionMs: milliseconds,
  journalRetentionMs: milliseconds,
  inactivityTimeoutMs: milliseconds,
  abortTimeoutMs: milliseconds,
  retryPolicy: RETRY_POLICY,
  maxima: MAXIMA,
};

/** Fills in what is left out. Throws a `TypeError` that names what is wrong. */
export function resolveDefaults(options: ServerDefaultsOptions = {}): ServerDefaults {
  const issues = findIssues("defaults", options, DEFAULTS);
  if (issues.length > 0) {
    throw new TypeError(`the server cannot start with these defaults: ${issues.join("; ")}`);
  }
  const { retryPolicy = {}, ...rest } = options;
  // For attempts alone, undefined says something: there is no last one.
  const unlimited = "maxAttempts" in retryPolicy && retryPolicy.maxAttempts === undefined;
  return {
    ...SERVER_DEFAULTS,
    ...withoutUndefined(rest),
    retryPolicy: {
      ...SERVER_DEFAULTS.retryPolicy,
      ...withoutUndefined(retryPolicy),
      ...(unlimited ? { maxAttempts: undefined } : {}),
    },
  };
}

function withoutUndefined<T extends object>(options: T): T {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as T;
}

/** Not by a schema: reading a library of schemas takes longer than starting all else. */
function findIssues(
  path: string,
  given: unknown,
  checks: Readonly<Record<string, Check | Readonly<Record<string, Check>>>>,
): readonly string[] {
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    return [`${path}: must be an object`];
  }
  return Object.entries(withoutUndefined(given)).flatMap(([name, value]): readonly string[] => {
    const field = `${path}.${name}`;
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (check === undefined) return [`${field}: there is no such field`];
    if (typeof check === "object") return findIssues(field, value, check);
    const issue = check(value);
    return issue === undefined ? [] : [`${field}: ${issue}`];
  });
}

function inRange(min: number, what: string): Check {
  return (value) => {
    const isGood = typeof value === "number" && value >= min && value <= Number.MAX_SAFE_INTEGER;
    return isGood ? undefined : `must be ${what}`;
  };
}
