/**
 * Every option of `rejoin server`: its name in the file, what it takes, its default, and which
 * `RESTATE_…` variables stand in for it. This table drives the reading of files, variables and
 * flags, `--dump-config`, and the documentation.
 *
 * The variable of an option is `REJOIN_` and its name in capitals, `__` for a dot.
 */
import { DEFAULT_LIMITS, type Limits, SERVER_DEFAULTS } from "@rejoin/server";
import { BOUND_OPTIONS } from "./bound-options.ts";
import { type ConfigOption, type Fallback, INVOKER, option } from "./config-option.ts";
import { OBSERVABILITY_OPTIONS } from "./observability-options.ts";
import { OUTGOING_OPTIONS } from "./outgoing-options.ts";
import {
  address,
  attempts,
  bytes,
  choice,
  count,
  duration,
  factor,
  flag,
  hostNames,
  path,
} from "./value-kinds.ts";

export type { ConfigOption, Fallback } from "./config-option.ts";

/** Restate takes `:8080` for all interfaces, and a port alone. */
const listenOn = (part: "INGRESS" | "ADMIN"): readonly Fallback[] => [
  {
    variable: `RESTATE_${part}__BIND_ADDRESS`,
    translate: (text) => (text.startsWith(":") ? `0.0.0.0${text}` : text),
  },
  { variable: `RESTATE_${part}__BIND_PORT`, translate: (text) => `0.0.0.0:${text}` },
];
const RETRY = "RESTATE_DEFAULT_RETRY_POLICY__";
const { retryPolicy } = SERVER_DEFAULTS;

/** The options of the server, without the limits. */
export const SERVER_OPTIONS = {
  dataDir: option("data-dir", path, "./rejoin-data", {
    help: "the directory that holds everything that must not be lost",
    from: ["RESTATE_BASE_DIR"],
  }),
  ingressAddress: option("ingress-address", address, "127.0.0.1:8080", {
    help: "where handlers are called; 0.0.0.0:8080 for all interfaces",
    from: listenOn("INGRESS"),
  }),
  adminAddress: option("admin-address", address, "127.0.0.1:9070", {
    help: "where the server is operated",
    from: listenOn("ADMIN"),
  }),
  adminAllowedHosts: option("admin-allowed-hosts", hostNames, [], {
    help:
      "names by which the admin API may be reached, beside IP addresses and localhost, or *; " +
      "empty: any, but none where it listens on a loopback address",
  }),
  ...OBSERVABILITY_OPTIONS,
  acceptDataLoss: option("accept-data-loss", flag, false, {
    help: "start with what is left of a damaged data directory",
  }),
  maxProtocolVersion: option("max-protocol-version", count(5, 7), 7, {
    help: "the newest service protocol version for new invocations",
  }),
  shutdownTimeout: option("shutdown-timeout", duration, 5000, {
    help: "how long SIGTERM waits for running handlers to reach a point where they can go on later",
    from: ["RESTATE_SHUTDOWN_TIMEOUT"],
  }),
  inactivityTimeout: option(
    "default-inactivity-timeout",
    duration,
    SERVER_DEFAULTS.inactivityTimeoutMs,
    {
      help: "after this much silence a handler is asked to suspend",
      from: [`${INVOKER}INACTIVITY_TIMEOUT`],
    },
  ),
  abortTimeout: option("default-abort-timeout", duration, SERVER_DEFAULTS.abortTimeoutMs, {
    help: "and after this much more it is ended and tried again",
    from: [`${INVOKER}ABORT_TIMEOUT`],
  }),
  journalRetention: option(
    "default-journal-retention",
    duration,
    SERVER_DEFAULTS.journalRetentionMs,
    {
      help: "how long journals are kept after completion",
      from: ["RESTATE_DEFAULT_JOURNAL_RETENTION"],
    },
  ),
  idempotencyRetention: option(
    "default-idempotency-retention",
    duration,
    SERVER_DEFAULTS.idempotencyRetentionMs,
    {
      help: "how long results of calls with an idempotency key are kept",
      from: ["RESTATE_DEFAULT_IDEMPOTENCY_RETENTION"],
    },
  ),
  workflowRetention: option(
    "default-workflow-completion-retention",
    duration,
    SERVER_DEFAULTS.workflowRetentionMs,
    {
      help: "how long results and state of workflows are kept",
      from: ["RESTATE_DEFAULT_WORKFLOW_COMPLETION_RETENTION"],
    },
  ),
  ...OUTGOING_OPTIONS,
  ...BOUND_OPTIONS,
  retryInitialInterval: option(
    "default-retry-policy.initial-interval",
    duration,
    retryPolicy.initialIntervalMs,
    { help: "the wait before the first retry", from: [`${RETRY}INITIAL_INTERVAL`] },
  ),
  retryFactor: option(
    "default-retry-policy.exponentiation-factor",
    factor(1),
    retryPolicy.exponentiationFactor,
    {
      help: "each wait is this many times the one before",
      from: [`${RETRY}EXPONENTIATION_FACTOR`],
    },
  ),
  retryMaxInterval: option(
    "default-retry-policy.max-interval",
    duration,
    retryPolicy.maxIntervalMs,
    { help: "but never longer than this", from: [`${RETRY}MAX_INTERVAL`] },
  ),
  retryMaxAttempts: option(
    "default-retry-policy.max-attempts",
    attempts,
    retryPolicy.maxAttempts ?? "unlimited",
    { help: "the first attempt included; or unlimited", from: [`${RETRY}MAX_ATTEMPTS`] },
  ),
  retryOnMaxAttempts: option(
    "default-retry-policy.on-max-attempts",
    choice("pause", "kill"),
    retryPolicy.onMaxAttempts,
    {
      help: "what then becomes of the invocation: pause or kill",
      from: [`${RETRY}ON_MAX_ATTEMPTS`],
    },
  ),
} as const;

const LIMIT_FALLBACKS: Partial<Readonly<Record<keyof Limits, readonly string[]>>> = {
  attemptsMax: [`${INVOKER}CONCURRENT_INVOCATIONS_LIMIT`],
  messageBytesMax: [`${INVOKER}MESSAGE_SIZE_LIMIT`],
  requestBytesMax: ["RESTATE_INGRESS__REQUEST_SIZE_LIMIT"],
  ingressRequestsMax: ["RESTATE_INGRESS__CONCURRENT_API_REQUESTS_LIMIT"],
  retentionIntervalMs: ["RESTATE_WORKER__CLEANUP_INTERVAL"],
};

/** One option for each bound of the server. */
export const LIMIT_OPTIONS: ReadonlyMap<keyof Limits, ConfigOption<number>> = new Map(
  (Object.keys(DEFAULT_LIMITS) as (keyof Limits)[]).map((name) => [name, limitOption(name)]),
);

function limitOption(name: keyof Limits): ConfigOption<number> {
  const text = `limits.${toKebab(name.replace(/Ms$/, ""))}`;
  const kind = name.endsWith("Ms") ? duration : name.includes("Bytes") ? bytes : count(0);
  const from = LIMIT_FALLBACKS[name] ?? [];
  return option(text, kind, DEFAULT_LIMITS[name], { help: "", from });
}

function toKebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `REJOIN_DEFAULT_RETRY_POLICY__MAX_ATTEMPTS` */
export function variableOf({ name }: Pick<ConfigOption<unknown>, "name">): string {
  return `REJOIN_${name.toUpperCase().replaceAll(".", "__").replaceAll("-", "_")}`;
}
