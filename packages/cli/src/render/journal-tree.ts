/**
 * A journal as a tree: below the invocation its commands in program order, each with its outcome,
 * which is an entry of its own in the journal, and the signals that came from outside.
 */
import type { EntryResult, InvocationDetails, JournalEntryResource } from "@rejoin/client";
import type { Payloads } from "../commands/invocations/payloads.ts";
import type { Colours } from "./colours.ts";
import { formatSize } from "./size.ts";
import { formatInstant } from "./time.ts";

const PAYLOAD_LINES_MAX = 5;
const PAYLOAD_COLUMNS_MAX = 160;

export interface JournalNode {
  readonly entry: JournalEntryResource;
  /** The invocation that a call has made. */
  readonly callee: string | undefined;
  /** The entry that completed the command. */
  readonly completedBy: number | undefined;
  /** What completed the command; `waiting` if nothing has yet. */
  readonly outcome: EntryResult | "waiting" | undefined;
}

/** `payloads` are shown below their entries. */
export function renderJournal(
  invocation: InvocationDetails,
  payloads: Payloads,
  colours: Colours,
): string {
  const { invoked_by, invoked_by_id, target, status, journal_next } = invocation;
  const nodes = toNodes(invocation.journal, journal_next !== undefined);
  const lines = [
    invoked_by_id ?? `[${invoked_by}]`,
    `└─ ${colours.bold(target)}`,
    ...nodes.flatMap((node) => [
      `   ├─ ${renderNode(node, colours)}`,
      ...payloadsOf(node, payloads).map((line) => `   │    ${colours.dim(line)}`),
    ]),
    journal_next === undefined ? `   └─ ${colours.dim(status)}` : `   └─ ${colours.dim("…")}`,
  ];
  return `${lines.join("\n")}\n`;
}

/**
 * The commands and signals, with what completed each command. Of a journal that `isCut` nobody can
 * tell which commands are still waiting.
 */
export function toNodes(
  journal: readonly JournalEntryResource[],
  isCut: boolean,
): readonly JournalNode[] {
  const completions = new Map<number, JournalEntryResource>();
  const awaited = new Set<number>();
  for (const entry of journal) {
    const { completion_id: id, invocation_id_completion_id: calleeId } = entry;
    if (isCommand(entry)) {
      for (const own of [id, calleeId]) if (own !== undefined) awaited.add(own);
    } else if (id !== undefined) {
      completions.set(id, entry);
    }
  }
  const isOwnNode = (entry: JournalEntryResource) =>
    isCommand(entry) || entry.completion_id === undefined || !awaited.has(entry.completion_id);
  return journal
    .filter(isOwnNode)
    .map((entry) => toNode(entry, completions, isCut ? undefined : "waiting"));
}

function toNode(
  entry: JournalEntryResource,
  completions: ReadonlyMap<number, JournalEntryResource>,
  open: "waiting" | undefined,
): JournalNode {
  const { completion_id: id, invocation_id_completion_id: calleeId } = entry;
  const callee =
    calleeId === undefined ? undefined : completions.get(calleeId)?.result?.invocation_id;
  const isOpen = isCommand(entry) && id !== undefined;
  const completion = isOpen ? completions.get(id) : undefined;
  const outcome = isOpen ? (completion?.result ?? open) : entry.result;
  return { entry, callee, outcome, completedBy: completion?.index };
}

/** The first lines of what went in and of what came out. */
function payloadsOf({ entry, completedBy }: JournalNode, payloads: Payloads): readonly string[] {
  const own = payloads.get(entry.index);
  const result = completedBy === undefined ? undefined : payloads.get(completedBy);
  return [
    ...(own === undefined ? [] : shorten(own.text, "")),
    ...(result === undefined ? [] : shorten(result.text, "→ ")),
  ];
}

function shorten(text: string, mark: string): readonly string[] {
  const lines = text.split("\n");
  const shown = lines.slice(0, PAYLOAD_LINES_MAX).map((line) => {
    const cut = line.length > PAYLOAD_COLUMNS_MAX;
    return `${mark}${cut ? `${line.slice(0, PAYLOAD_COLUMNS_MAX)}…` : line}`;
  });
  return lines.length > shown.length ? [...shown, "…"] : shown;
}

function isCommand({ entry_type }: JournalEntryResource): boolean {
  return entry_type.startsWith("Command");
}

function renderNode({ entry, callee, outcome }: JournalNode, colours: Colours): string {
  const parts = [
    colours.dim(`#${entry.index}`),
    entry.entry_type.replace(/^(?:Command|Notification): /, ""),
    ...describeEntry(entry),
    callee,
    outcome === undefined ? undefined : `→ ${describeOutcome(outcome, colours)}`,
  ];
  return parts.filter((part) => part !== undefined && part !== "").join(" ");
}

function describeEntry(entry: JournalEntryResource): readonly (string | undefined)[] {
  return [
    entry.name === undefined ? undefined : JSON.stringify(entry.name),
    entry.target,
    entry.invoked_id,
    entry.state_key,
    entry.promise_name,
    entry.awakeable_id,
    entry.signal_name ?? (entry.signal_index === undefined ? undefined : `${entry.signal_index}`),
    entry.idempotency_key === undefined ? undefined : `key ${entry.idempotency_key}`,
    entry.invoke_at === undefined ? undefined : `at ${formatInstant(entry.invoke_at)}`,
    entry.sleep_wakeup_at === undefined
      ? undefined
      : `until ${formatInstant(entry.sleep_wakeup_at)}`,
    entry.value_length === undefined ? undefined : `(${formatSize(entry.value_length)})`,
  ];
}

function describeOutcome(outcome: EntryResult | "waiting", colours: Colours): string {
  if (outcome === "waiting") return colours.yellow("waiting");
  switch (outcome.kind) {
    case "success":
      return formatSize(outcome.length ?? 0);
    case "failure":
      return colours.red(`failed: [${outcome.code}] ${outcome.message?.split("\n", 1)[0]}`);
    case "void":
      return "done";
    case "invocation_id":
      return outcome.invocation_id ?? "";
    case "state_keys":
      return `${outcome.count ?? 0} keys`;
  }
}
