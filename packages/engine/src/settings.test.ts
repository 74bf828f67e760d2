import { expect, it } from "vitest";
import { DEFAULT_SETTINGS, settingsOf } from "./settings.ts";
import { SVC } from "./testing/records.ts";
import { createRegistry } from "./testing/registry.ts";

const registry = createRegistry({ settings: { abortTimeoutMs: 7 } });

it("come from the latest revision of an invocation that is not pinned", () => {
  expect(settingsOf(registry, SVC, undefined).abortTimeoutMs).toBe(7);
});

it("come from the revision of the pinned deployment", () => {
  const pin = { deploymentId: "dp", protocolVersion: 7 };
  expect(settingsOf({ ...registry, latest: () => undefined }, SVC, pin).abortTimeoutMs).toBe(7);
});

it("are the defaults for what is not registered any more", () => {
  const gone = { deploymentId: "gone", protocolVersion: 7 };
  expect(settingsOf(registry, SVC, gone)).toBe(DEFAULT_SETTINGS);
  expect(settingsOf(registry, { ...SVC, handler: "x" }, undefined)).toBe(DEFAULT_SETTINGS);
  expect(settingsOf(registry, { ...SVC, service: "X" }, undefined)).toBe(DEFAULT_SETTINGS);
});

it("have the documented values by default", () => {
  expect(DEFAULT_SETTINGS).toMatchObject({
    idempotencyRetentionMs: 86_400_000,
    workflowRetentionMs: 86_400_000,
    journalRetentionMs: 86_400_000,
    inactivityTimeoutMs: 60_000,
    abortTimeoutMs: 600_000,
    retryPolicy: {
      initialIntervalMs: 500,
      exponentiationFactor: 2,
      maxIntervalMs: 60_000,
      maxAttempts: 70,
      onMaxAttempts: "pause",
    },
  });
});
