/**
 * The registry as the engine sees it: an immutable snapshot of services and deployments.
 *
 * It lives outside the partitions, is versioned and changed by compare-and-set; a record is applied
 * against the snapshot that is current at that moment.
 */
import type { HandlerKind, ServiceKind, Target } from "./model/invocation.ts";
import type { LimiterId } from "./rows/limiter-rows.ts";

export interface RetryPolicy {
  readonly initialIntervalMs: number;
  readonly exponentiationFactor: number;
  readonly maxIntervalMs: number;
  /** The first attempt included; `undefined` for no limit. */
  readonly maxAttempts: number | undefined;
  readonly onMaxAttempts: "pause" | "kill";
}

/** A handler with every option resolved: handler before service before server default. */
export interface HandlerSettings {
  readonly name: string;
  readonly kind: HandlerKind;
  readonly public: boolean;
  readonly idempotencyRetentionMs: number;
  readonly workflowRetentionMs: number;
  readonly journalRetentionMs: number;
  readonly inactivityTimeoutMs: number;
  readonly abortTimeoutMs: number;
  readonly enableLazyState: boolean;
  readonly retryPolicy: RetryPolicy;
}

export interface ServiceRevision {
  readonly name: string;
  readonly kind: ServiceKind;
  readonly revision: number;
  readonly deploymentId: string;
  readonly handlers: ReadonlyMap<string, HandlerSettings>;
}

export interface DeploymentInfo {
  readonly id: string;
  readonly minProtocolVersion: number;
  readonly maxProtocolVersion: number;
}

export interface Registry {
  readonly version: number;
  /** The newest revision of a service: where new invocations go. */
  latest(service: string): ServiceRevision | undefined;
  /** The revision of a service that a deployment holds. */
  revisionAt(service: string, deploymentId: string): ServiceRevision | undefined;
  deployment(id: string): DeploymentInfo | undefined;
  /** The concurrency limits that an invocation counts towards, the narrowest first. */
  limitsOf(target: Target, limitKey: string): readonly LimiterId[];
  /** How many may run under a limit; `undefined` if it has been lifted. */
  concurrencyOf(limiter: LimiterId): number | undefined;
}
