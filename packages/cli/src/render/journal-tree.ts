/**
 * A journal as a tree: below the invocation its commands in program order, each with its outcome,
 * which is an entry of its own in the journal, and the signals that came from outside.
 */
import type { EntryResult, InvocationDetails, JournalEntryResource } from "@rejoin/client";
import type { Colours } from "./colours.ts";
import { formatSize } from "./size.ts";
import { formatInstant } from "./time.ts";

export interface JournalNode {
  readonly entry: JournalEntryResource;
  /** The invocation that a call has made. */
  readonly callee: string | undefined;
  /** What completed the command; `waiting` if nothing has yet. */
  readonly outcome: EntryResult | "waiting" | undefined;
}

export function renderJournal(invocation: InvocationDetails, colours: Colours): string {
  const { invoked_by, invoked_by_id, target, status, journal_next } = invocation;
  const nodes = toNodes(invocation.journal);
  const lines = [
    invoked_by_id ?? `[${invoked_by}]`,
    `└─ ${colours.bold(target)}`,
    ...nodes.map((node) => `   ├─ ${renderNode(node, colours)}`),
    journal_next === undefined ? `   └─ ${colours.dim(status)}` : `   └─ ${colours.dim("…")}`,
  ];
  return `${lines.join("\n")}\n`;
}

/** The commands and signals, with what completed each command. */
export function toNodes(journal: readonly JournalEntryResource[]): readonly JournalNode[] {
  const completions = new Map<number, EntryResult | undefined>();
  const awaited = new Set<number>();
  for (const entry of journal) {
    const { completion_id: id, invocation_id_completion_id: calleeId } = entry;
    if (isCommand(entry)) {
      for (const own of [id, calleeId]) if (own !== undefined) awaited.add(own);
    } else if (id !== undefined) {
      completions.set(id, entry.result);
    }
  }
  const isOwnNode = (entry: JournalEntryResource) =>
    isCommand(entry) || entry.completion_id === undefined || !awaited.has(entry.completion_id);
  return journal.filter(isOwnNode).map((entry) => toNode(entry, completions));
}

function toNode(
  entry: JournalEntryResource,
  completions: ReadonlyMap<number, EntryResult | undefined>,
): JournalNode {
  const { completion_id: id, invocation_id_completion_id: calleeId } = entry;
  const callee = calleeId === undefined ? undefined : completions.get(calleeId)?.invocation_id;
  const isOpen = isCommand(entry) && id !== undefined;
  const outcome = isOpen ? (completions.get(id) ?? "waiting") : entry.result;
  return { entry, callee, outcome };
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
