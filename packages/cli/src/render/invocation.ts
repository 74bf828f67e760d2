/** An invocation with its journal, as text. */
import type { AwaitingResource, InvocationDetails, InvocationEventResource } from "@rejoin/client";
import type { Payloads } from "../commands/invocations/payloads.ts";
import type { Colours } from "./colours.ts";
import { paintStatus } from "./invocations.ts";
import { renderJournal } from "./journal-tree.ts";
import { formatSize } from "./size.ts";
import { formatFields, formatTable, indent } from "./table.ts";
import { formatInstant, formatSpan } from "./time.ts";

const EVENTS_MAX = 10;
const EVENT_LENGTH_MAX = 120;

export interface InvocationContext {
  /** In milliseconds since the Unix epoch. */
  readonly now: number;
  readonly payloads?: Payloads;
}

export function renderInvocation(
  invocation: InvocationDetails,
  { now, payloads = new Map() }: InvocationContext,
  colours: Colours,
): string {
  const { pinned_deployment_id: deployment, pinned_service_protocol_version: version } = invocation;
  const fields = formatFields(
    [
      ["id", invocation.id],
      ["target", invocation.target],
      ["status", describeStatus(invocation, now, colours)],
      ["created", withAge(invocation.created_at, now)],
      ["scheduled for", formatInstant(invocation.scheduled_start_at) || undefined],
      ["completed", withAge(invocation.completed_at, now)],
      ["idempotency key", invocation.idempotency_key],
      ["scope", invocation.scope],
      ["limit key", invocation.limit_key],
      ["restarted from", invocation.restarted_from],
      ["deployment", deployment],
      ["protocol version", version],
      ["children", describeChildren(invocation)],
      ["waits for", invocation.awaiting_on && describeAwaiting(invocation.awaiting_on)],
      ["last failure", describeFailure(invocation)],
      ["related command", describeRelated(invocation)],
    ],
    colours,
  );
  const events = renderEvents(invocation, colours);
  const damage = renderDamage(invocation, colours);
  return `${fields}\n${renderJournal(invocation, payloads, colours)}${damage}${events}`;
}

function renderDamage({ journal_damage: damage }: InvocationDetails, colours: Colours): string {
  return damage === undefined ? "" : `\n${colours.red(`the journal is damaged: ${damage}`)}`;
}

/** What the journal does not tell: attempts that failed, and pauses. */
function renderEvents({ events = [] }: InvocationDetails, colours: Colours): string {
  if (events.length === 0) return "";
  const shown = events.slice(-EVENTS_MAX);
  const rows = shown.map((event) => [
    formatInstant(event.appended_at),
    event.event_type === "Paused" ? colours.red("paused") : "failed",
    event.attempt,
    event.after_journal_entry_index,
    firstLineOf(event),
  ]);
  const missing = events.length - shown.length;
  const head = `\n${colours.bold("events")}${missing > 0 ? `, the last ${shown.length}` : ""}\n`;
  const table = formatTable(["AT", "WHAT", "ATTEMPT", "AFTER ENTRY", "WHY"], rows, colours);
  return head + indent(table);
}

function firstLineOf({ error_code, error_message }: InvocationEventResource): string {
  if (error_message === undefined) return "";
  const line = error_message.split("\n", 1)[0] ?? "";
  const text = error_code === undefined ? line : `[${error_code}] ${line}`;
  return text.length > EVENT_LENGTH_MAX ? `${text.slice(0, EVENT_LENGTH_MAX)}…` : text;
}

function describeStatus(invocation: InvocationDetails, now: number, colours: Colours): string {
  const { status, retry_count: retries, next_retry_at: retryAt } = invocation;
  const parts = [paintStatus(status, colours)];
  if (status === "completed") parts.push(describeCompletion(invocation, colours));
  else if (retries > 0) parts.push(`${retries} failed so far`);
  const waitMs = retryAt === undefined ? 0 : Date.parse(retryAt) - now;
  if (waitMs > 0) parts.push(`next attempt in ${formatSpan(waitMs)}`);
  return parts.filter(Boolean).join(", ");
}

function describeCompletion(invocation: InvocationDetails, colours: Colours): string {
  const { completion_result: result, completion_failure: failure, output_length } = invocation;
  if (result === "failure") return colours.red(`failed: ${failure}`);
  return output_length === undefined ? "" : `output of ${formatSize(output_length)}`;
}

function withAge(instant: string | undefined, now: number): string | undefined {
  if (instant === undefined) return undefined;
  const ageMs = now - Date.parse(instant);
  return ageMs < 0
    ? formatInstant(instant)
    : `${formatInstant(instant)} (${formatSpan(ageMs)} ago)`;
}

function describeChildren({ children }: InvocationDetails): string | undefined {
  if (children === undefined || children.started === 0) return undefined;
  const { started, succeeded, failed } = children;
  return `${started} started, ${succeeded} succeeded, ${failed} failed`;
}

function describeFailure(invocation: InvocationDetails): string | undefined {
  const { last_failure: failure, last_failure_error_code: code } = invocation;
  if (failure === undefined) return undefined;
  return code === undefined ? failure : `${failure} (${code})`;
}

function describeRelated(invocation: InvocationDetails): string | undefined {
  const {
    last_failure_related_command_index: index,
    last_failure_related_command_type: type = "",
    last_failure_related_command_name: name = "",
  } = invocation;
  return index === undefined
    ? undefined
    : [`command ${index}`, type, name].filter(Boolean).join(" ");
}

/** `all_completed of 3 results, signal "go", (first_completed of 2 results)` */
function describeAwaiting(awaiting: AwaitingResource): string {
  const { combinator, completions, signals, signal_names: names, nested } = awaiting;
  const parts = [
    completions.count > 0 ? count(completions.count, "result") : "",
    signals.count > 0 ? count(signals.count, "signal") : "",
    ...names.map((name) => `signal ${JSON.stringify(name)}`),
    ...nested.map((inner) => `(${describeAwaiting(inner)})`),
    awaiting.truncated === true ? "…" : "",
  ].filter(Boolean);
  const isPlain = parts.length === 1 && completions.count + signals.count <= 1;
  return isPlain ? parts.join() : `${combinator.replaceAll("_", " ")} of ${parts.join(", ")}`;
}

function count(number: number, noun: string): string {
  return number === 1 ? `1 ${noun}` : `${number} ${noun}s`;
}
