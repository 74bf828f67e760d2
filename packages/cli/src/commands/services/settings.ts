/** What can be set on a service: names, meanings, and how a text becomes a value. */
import type { ServiceChange, ServiceResource } from "@rejoin/client";
import { parseDuration } from "../../config/duration.ts";

export type SettingKind = "boolean" | "duration" | "limit" | "retries";

export interface Setting {
  readonly name: keyof ServiceChange & keyof ServiceResource;
  readonly kind: SettingKind;
  readonly meaning: string;
}

export const SETTINGS: readonly Setting[] = [
  {
    name: "public",
    kind: "boolean",
    meaning: "whether it can be called from outside, through the ingress",
  },
  {
    name: "idempotency_retention",
    kind: "duration",
    meaning: "how long the result of a call with an idempotency key is kept",
  },
  {
    name: "workflow_completion_retention",
    kind: "duration",
    meaning: "how long the result of a workflow is kept; workflows only",
  },
  {
    name: "journal_retention",
    kind: "duration",
    meaning: "how long the journal of a completed invocation is kept",
  },
  {
    name: "inactivity_timeout",
    kind: "duration",
    meaning: "how long an attempt may say nothing before it is asked to suspend",
  },
  {
    name: "abort_timeout",
    kind: "duration",
    meaning: "how long it then has before it is aborted",
  },
  {
    name: "concurrency_limit",
    kind: "limit",
    meaning: "how many invocations may run at a time, in all revisions together",
  },
  {
    name: "retry_policy",
    kind: "retries",
    meaning: "when an attempt that failed is repeated, how often, and what then",
  },
];

export const RETRY_KEYS = [
  "initial_interval",
  "exponentiation_factor",
  "max_interval",
  "max_attempts",
  "on_max_attempts",
] as const;

/** Throws an error that says what is wrong with a value. */
export function assertSetting(name: string, value: unknown): void {
  const setting = SETTINGS.find((own) => own.name === name);
  const known = SETTINGS.map((own) => own.name).join(", ");
  if (setting === undefined) throw new Error(`there is no setting ${name}; there are ${known}`);
  switch (setting.kind) {
    case "boolean":
      if (typeof value !== "boolean") throw new Error(`${name} must be true or false`);
      return;
    case "duration":
      return assertDuration(name, value);
    case "limit":
      if (value === null || (Number.isInteger(value) && (value as number) > 0)) return;
      throw new Error(`${name} must be a whole number, at least 1; leave it out for no limit`);
    case "retries":
      return assertRetries(name, value);
  }
}

function assertDuration(name: string, value: unknown): void {
  if (typeof value === "string" && parseDuration(value) !== undefined) return;
  throw new Error(`${name} must be a duration in a text, such as "30s", "1h 30m" or "7d"`);
}

function assertRetries(name: string, value: unknown): void {
  if (typeof value !== "object" || value === null) throw new Error(`${name} must be a table`);
  for (const [key, own] of Object.entries(value)) {
    const path = `${name}.${key}`;
    if (!RETRY_KEYS.some((known) => known === key)) {
      throw new Error(`there is no setting ${path}; there are ${RETRY_KEYS.join(", ")}`);
    }
    if (key.endsWith("interval")) assertDuration(path, own);
    else if (key === "on_max_attempts" && own !== "Pause" && own !== "Kill") {
      throw new Error(`${path} must be "Pause" or "Kill"`);
    } else if (key !== "on_max_attempts" && typeof own !== "number") {
      throw new Error(`${path} must be a number`);
    }
  }
}

/** What a service has set of it, in the order of {@link SETTINGS}. */
export function settingsOf(service: ServiceResource): Readonly<Record<string, unknown>> {
  const pairs = SETTINGS.map(({ name }) => [name, service[name]] as const);
  return Object.fromEntries(pairs.filter(([, value]) => value !== undefined && value !== null));
}

/** What has to be said to get from one to the other; a limit that is left out is lifted. */
export function changeBetween(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): ServiceChange {
  const change: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(after)) {
    if (JSON.stringify(value) !== JSON.stringify(before[name])) change[name] = value;
  }
  if (before.concurrency_limit !== undefined && after.concurrency_limit === undefined) {
    change.concurrency_limit = null;
  }
  return change as ServiceChange;
}
