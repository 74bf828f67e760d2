/** The defaults of a server as somebody gives them: some of them, and perhaps wrong ones. */
import type { RetryPolicy } from "@rejoin/engine";
import { z } from "zod";
import { SERVER_DEFAULTS, type ServerDefaults } from "./settings.ts";

/** What holds where a service says nothing; what is left out is as usual. */
export type ServerDefaultsOptions = Partial<Omit<ServerDefaults, "retryPolicy">> & {
  readonly retryPolicy?: Partial<RetryPolicy>;
};

const milliseconds = z.number().min(0).max(Number.MAX_SAFE_INTEGER);
const attempts = z.int().min(1);

const OptionsSchema = z
  .strictObject({
    idempotencyRetentionMs: milliseconds,
    workflowRetentionMs: milliseconds,
    journalRetentionMs: milliseconds,
    inactivityTimeoutMs: milliseconds,
    abortTimeoutMs: milliseconds,
    retryPolicy: z
      .strictObject({
        initialIntervalMs: milliseconds,
        exponentiationFactor: z.number().min(1),
        maxIntervalMs: milliseconds,
        maxAttempts: attempts.optional(),
        onMaxAttempts: z.enum(["pause", "kill"]),
      })
      .partial(),
    maxima: z
      .strictObject({
        idempotencyRetentionMs: milliseconds.optional(),
        workflowRetentionMs: milliseconds.optional(),
        journalRetentionMs: milliseconds.optional(),
        retryMaxAttempts: attempts.optional(),
      })
      .partial(),
  })
  .partial();

/** Fills in what is left out. Throws a `TypeError` that names what is wrong. */
export function resolveDefaults(options: ServerDefaultsOptions = {}): ServerDefaults {
  const parsed = OptionsSchema.safeParse(withoutUndefined(options));
  if (!parsed.success) {
    const issues = parsed.error.issues.map(({ path, message }) =>
      [["defaults", ...path].join("."), message].join(": "),
    );
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
