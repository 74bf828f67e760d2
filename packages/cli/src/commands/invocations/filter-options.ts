/** The options that say which invocations are meant; the same for every command. */
import type { InvocationFilter } from "@rejoin/client";
import { type Command, InvalidArgumentError } from "commander";
import type { Cli } from "../../cli.ts";
import { usageError } from "../../cli-error.ts";
import { parseDuration } from "../../config/duration.ts";
import { nearest } from "../../config/nearest.ts";

export interface FilterOptions {
  readonly status?: string;
  readonly service?: string;
  readonly handler?: string;
  readonly key?: string;
  readonly scope?: string;
  readonly deployment?: string;
  readonly parent?: string;
  readonly root?: string;
  readonly invokedBy?: string;
  readonly completionResult?: "success" | "failure";
  readonly failed?: boolean;
  readonly active?: boolean;
  readonly error?: string;
  readonly createdAfter?: string;
  readonly createdBefore?: string;
  readonly modifiedAfter?: string;
  readonly modifiedBefore?: string;
}

export const STATUSES = [
  "scheduled",
  "pending",
  "ready",
  "running",
  "backing-off",
  "suspended",
  "paused",
  "completed",
] as const;

/** Those that have not ended. */
export const ACTIVE = STATUSES.filter((status) => status !== "completed");

export const STATUS_HELP = `
A status is scheduled (waits for its time), pending (waits for its object), ready (waits for an
attempt), running, backing-off (waits for its next attempt), suspended (waits for a result), paused
(waits for you) or completed. Times are ISO 8601, or as long ago: 30m, 2h, "1d 12h".`;

export function addFilterOptions(command: Command): Command {
  return command
    .option("--status <status>", "in this status, or one of several, with commas", checkStatuses)
    .option("--active", "not completed yet")
    .option("--failed", "completed with a failure; short for --completion-result failure")
    .option("--completion-result <result>", "completed with: success or failure", checkResult)
    .option("--error <text>", "with this in their failure, whether final or the last one")
    .option("--service <name>", "of this service, or one of several, with commas")
    .option("--handler <name>", "of this handler, or one of several, with commas")
    .option("--key <key>", "of this object or workflow")
    .option("--scope <scope>", "in this scope")
    .option("--deployment <id>", "pinned to this deployment")
    .option("--parent <id>", "called by this invocation")
    .option("--root <id>", "in the call tree below this invocation, itself included")
    .option("--invoked-by <who>", "called by: ingress, service or restart_as_new")
    .option("--created-after <time>", "made at this time or later")
    .option("--created-before <time>", "made before this time")
    .option("--modified-after <time>", "changed at this time or later")
    .option("--modified-before <time>", "not changed since this time");
}

/** What the options say, for the server. */
export function toFilter(cli: Cli, options: FilterOptions): InvocationFilter {
  const { failed, active, status } = options;
  if (active === true && (status !== undefined || failed === true)) {
    throw usageError("--active goes with neither --status nor --failed", "leave one of them out");
  }
  if (failed === true && options.completionResult === "success") {
    throw usageError("--failed and --completion-result success exclude each other");
  }
  const result = failed === true ? "failure" : options.completionResult;
  return withoutUndefined({
    status: active === true ? ACTIVE.join(",") : status,
    completion_result: result,
    error: options.error,
    service: options.service,
    handler: options.handler,
    key: options.key,
    scope: options.scope,
    deployment: options.deployment,
    parent: options.parent,
    root: options.root,
    invoked_by: options.invokedBy,
    created_after: toInstant(cli, "--created-after", options.createdAfter),
    created_before: toInstant(cli, "--created-before", options.createdBefore),
    modified_after: toInstant(cli, "--modified-after", options.modifiedAfter),
    modified_before: toInstant(cli, "--modified-before", options.modifiedBefore),
  });
}

export function withoutUndefined<T extends object>(
  members: {
    readonly [K in keyof T]: T[K] | undefined;
  },
): Partial<T> {
  const given = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as Partial<T>;
}

const ISO = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d.*)?$/;

function toInstant(cli: Cli, flag: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const agoMs = parseDuration(text);
  const at = agoMs === undefined ? parseIso(text) : cli.environment.now() - agoMs;
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) {
    throw usageError(
      `${flag} ${JSON.stringify(text)} is no time`,
      "write it as 2026-11-21T18:00:00Z, or as a time ago, such as 30m or 2h",
    );
  }
  return date.toISOString();
}

/** What it prints is UTC, and so is what it reads. */
function parseIso(text: string): number {
  if (!ISO.test(text)) return Number.NaN;
  const withT = text.replace(" ", "T");
  const hasZone = /(?:Z|[+-]\d\d:?\d\d)$/i.test(withT) || !withT.includes("T");
  return Date.parse(hasZone ? withT : `${withT}Z`);
}

function checkStatuses(text: string): string {
  for (const status of text.split(",")) {
    if (STATUSES.some((known) => known === status)) continue;
    const guess = nearest(status, STATUSES);
    const meant = guess === undefined ? "" : ` Did you mean ${guess}?`;
    throw new InvalidArgumentError(
      `There is no status ${JSON.stringify(status)}.${meant} There are ${STATUSES.join(", ")}.`,
    );
  }
  return text;
}

function checkResult(text: string): string {
  if (text === "success" || text === "failure") return text;
  throw new InvalidArgumentError("It must be success or failure.");
}
