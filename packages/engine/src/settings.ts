/** The settings of a handler, from the revision that an invocation is bound to. */
import type { Pin, Target } from "./model/invocation.ts";
import type { HandlerSettings, Registry } from "./registry.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

/** What holds where a handler says nothing, and for one that is not registered (any more). */
export const DEFAULT_SETTINGS: HandlerSettings = {
  name: "",
  kind: "service",
  public: true,
  idempotencyRetentionMs: DAY_MS,
  workflowRetentionMs: DAY_MS,
  journalRetentionMs: DAY_MS,
  inactivityTimeoutMs: 60_000,
  abortTimeoutMs: 600_000,
  enableLazyState: false,
  retryPolicy: {
    initialIntervalMs: 500,
    exponentiationFactor: 2,
    maxIntervalMs: 60_000,
    maxAttempts: 70,
    onMaxAttempts: "pause",
  },
};

/** Of the pinned deployment's revision; of the latest one for an invocation that is not pinned. */
export function settingsOf(
  registry: Registry,
  target: Target,
  pin: Pin | undefined,
): HandlerSettings {
  const revision =
    pin === undefined
      ? registry.latest(target.service)
      : registry.revisionAt(target.service, pin.deploymentId);
  return revision?.handlers.get(target.handler) ?? DEFAULT_SETTINGS;
}
