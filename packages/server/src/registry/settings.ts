/**
 * What holds for a service and its handlers: what an operator has set, before what the endpoint
 * says, before the server's defaults; and never beyond the server's maxima.
 */
import { DEFAULT_SETTINGS, type HandlerSettings, type RetryPolicy } from "@rejoin/engine";
import type { HandlerManifest, ManifestOptions, ServiceManifest } from "@rejoin/protocol";
import type { ServiceOverrides } from "./document.ts";

/** What a service and its handlers may set. */
export type Settings = Omit<HandlerSettings, "name" | "kind">;

/** What no service may exceed; `undefined` for no bound. */
export interface SettingMaxima {
  readonly idempotencyRetentionMs?: number | undefined;
  readonly workflowRetentionMs?: number | undefined;
  readonly journalRetentionMs?: number | undefined;
  readonly retryMaxAttempts?: number | undefined;
}

/** What holds where neither handler nor service says anything. */
export interface ServerDefaults
  extends Pick<
    HandlerSettings,
    | "idempotencyRetentionMs"
    | "workflowRetentionMs"
    | "journalRetentionMs"
    | "inactivityTimeoutMs"
    | "abortTimeoutMs"
    | "retryPolicy"
  > {
  readonly maxima?: SettingMaxima;
}

export const SERVER_DEFAULTS: ServerDefaults = DEFAULT_SETTINGS;

/** The manifest of a service as it counts: with what an operator has set on it. */
export function withOverrides(
  manifest: ServiceManifest,
  overrides: ServiceOverrides | undefined,
): ServiceManifest {
  if (overrides === undefined) return manifest;
  const { workflowCompletionRetention, ...options } = overrides;
  if (workflowCompletionRetention === undefined) return { ...manifest, ...options };
  const handlers = manifest.handlers.map((handler) =>
    handler.ty === "WORKFLOW" ? { ...handler, workflowCompletionRetention } : handler,
  );
  return { ...manifest, ...options, handlers };
}

/** Handler before service before server. A handler of a private service is private. */
export function resolveSettings(
  service: ServiceManifest,
  handler: Omit<HandlerManifest, "name">,
  defaults: ServerDefaults,
): Settings {
  const option = <K extends keyof ManifestOptions>(name: K) => handler[name] ?? service[name];
  const { maxima = {} } = defaults;
  const idempotencyRetention = option("idempotencyRetention") ?? defaults.idempotencyRetentionMs;
  const workflowRetention = handler.workflowCompletionRetention ?? defaults.workflowRetentionMs;
  const journalRetention = option("journalRetention") ?? defaults.journalRetentionMs;
  return {
    public: service.ingressPrivate !== true && handler.ingressPrivate !== true,
    idempotencyRetentionMs: atMost(idempotencyRetention, maxima.idempotencyRetentionMs),
    workflowRetentionMs: atMost(workflowRetention, maxima.workflowRetentionMs),
    journalRetentionMs: atMost(journalRetention, maxima.journalRetentionMs),
    inactivityTimeoutMs: option("inactivityTimeout") ?? defaults.inactivityTimeoutMs,
    abortTimeoutMs: option("abortTimeout") ?? defaults.abortTimeoutMs,
    enableLazyState: option("enableLazyState") ?? false,
    retryPolicy: retryPolicy(option, defaults.retryPolicy, maxima.retryMaxAttempts),
  };
}

function atMost(value: number, max: number | undefined): number {
  return max === undefined ? value : Math.min(value, max);
}

const ON_MAX_ATTEMPTS = { PAUSE: "pause", KILL: "kill" } as const;

/** Field by field. */
function retryPolicy(
  option: <K extends keyof ManifestOptions>(name: K) => ManifestOptions[K],
  defaults: RetryPolicy,
  attemptsMax: number | undefined,
): RetryPolicy {
  const onMaxAttempts = option("retryPolicyOnMaxAttempts");
  const own = option("retryPolicyMaxAttempts");
  const maxAttempts = own === undefined ? defaults.maxAttempts : Math.max(1, own);
  const factor = option("retryPolicyExponentiationFactor");
  return {
    initialIntervalMs: option("retryPolicyInitialInterval") ?? defaults.initialIntervalMs,
    exponentiationFactor: factor ?? defaults.exponentiationFactor,
    maxIntervalMs: option("retryPolicyMaxInterval") ?? defaults.maxIntervalMs,
    maxAttempts: maxAttempts === undefined ? attemptsMax : atMost(maxAttempts, attemptsMax),
    onMaxAttempts:
      onMaxAttempts === undefined ? defaults.onMaxAttempts : ON_MAX_ATTEMPTS[onMaxAttempts],
  };
}
