/** Says what the open invocations of an environment wait for. */
import type { AwaitTree, Invocation, Reads } from "@rejoin/engine";
import { FIRST_USER_SIGNAL_INDEX, formatAwakeableId, formatInvocationId } from "@rejoin/protocol";
import type { Core, InvocationDetail } from "@rejoin/server/internal";
import type { OpenAttempt } from "../endpoint/watched-endpoint.ts";
import { leavesOf } from "./await-leaves.ts";
import { awaitedTree } from "./awakeables.ts";
import { targetText } from "./invocations.ts";
import { type JournalEntry, toJournalEntry } from "./journal.ts";
import { readInvocations } from "./reads.ts";

export interface ExplainSources {
  readonly core: Core;
  readonly reads: Reads;
  readonly attempts: readonly OpenAttempt[];
  /** Closures of `ctx.run` that are being executed: their names by the id of the invocation. */
  readonly closures: ReadonlyMap<string, readonly string[]>;
  readonly now: number;
}

const SHOWN_MAX = 20;
const AWAITED_MAX = 8;
const JOURNAL_MAX = 10_000;

/** A text with a paragraph for each open invocation; empty if there is none. */
export async function explainOpen(sources: ExplainSources): Promise<string> {
  const all = await readInvocations(sources.reads);
  const open = all.filter(({ status }) => status !== "completed");
  const shown = open.slice(0, SHOWN_MAX);
  const texts = await Promise.all(shown.map((invocation) => explainOne(invocation, sources)));
  if (open.length > shown.length) texts.push(`… and ${open.length - shown.length} more`);
  return texts.join("\n");
}

async function explainOne(invocation: Invocation, sources: ExplainSources): Promise<string> {
  const id = formatInvocationId(invocation.key);
  const reasons = await reasonsOf(invocation, sources);
  const head = `- ${targetText(invocation.target)} (${id}) ${reasons[0] ?? "is open"}`;
  return [head, ...reasons.slice(1).map((reason) => `    ${reason}`)].join("\n");
}

async function reasonsOf(
  invocation: Invocation,
  sources: ExplainSources,
): Promise<readonly string[]> {
  const { status, lastFailure, nextRetryAt, target } = invocation;
  const failure = lastFailure === undefined ? "" : `: ${firstLine(lastFailure.message)}`;
  switch (status) {
    case "scheduled":
      return [`is delayed until ${instant(invocation.scheduledFor)}`];
    case "inboxed":
      return [`waits for another handler of ${target.service}/${target.key} to end`];
    case "paused":
      return [`is paused${failure}`];
    case "completed":
      return [];
    default:
  }
  if (status === "invoked" && nextRetryAt > sources.now) {
    return [`failed and is tried again at ${instant(nextRetryAt)}${failure}`];
  }
  const attempt = sources.attempts.find((one) => one.invocation === invocation.key);
  if (status === "invoked" && attempt === undefined) return ["waits for its next attempt"];
  return explainAttempt(invocation, attempt, sources);
}

async function explainAttempt(
  { key }: Invocation,
  attempt: OpenAttempt | undefined,
  { core, closures, attempts }: ExplainSources,
): Promise<readonly string[]> {
  const running = closures.get(formatInvocationId(key)) ?? [];
  if (attempt?.isHanging) return ["hangs, as the test wants it"];
  if (running.length > 0) return [`executes the closure of ${running.map(runName).join(", ")}`];
  if (attempt !== undefined && !attempt.isAtRest) {
    return ["runs code, or awaits something that is not durable, such as a promise of its own"];
  }
  const detail = await core.introspection.read(key, { from: 0, limit: JOURNAL_MAX });
  const tree = detail && awaitedTree(detail, key, attempts);
  if (detail === undefined || tree === undefined) return ["awaits its server"];
  const awaited = describeTree(detail, tree);
  return awaited.length === 1 ? [`awaits ${awaited[0]}`] : ["awaits", ...awaited];
}

/** What of a tree has not come yet. */
function describeTree(detail: InvocationDetail, tree: AwaitTree): readonly string[] {
  const entries = detail.journal.items.map(toJournalEntry);
  const leaves = leavesOf(tree);
  const texts: string[] = [];
  for (const id of leaves.completions) {
    if (entries.some((entry) => !entry.isCommand && entry.completionId === id)) continue;
    const command = entries.find((entry) => entry.isCommand && entry.completionId === id);
    texts.push(command === undefined ? `completion ${id}` : describeCommand(command, entries));
  }
  for (const signal of leaves.signals) {
    if (signal < FIRST_USER_SIGNAL_INDEX) continue;
    texts.push(`the awakeable ${formatAwakeableId(detail.invocation.key, signal)}`);
  }
  for (const name of leaves.names) texts.push(`the signal ${JSON.stringify(name)}`);
  const shown = texts.slice(0, AWAITED_MAX);
  if (texts.length > shown.length) shown.push(`and ${texts.length - shown.length} more`);
  return shown.length === 0 ? ["its server"] : shown;
}

function describeCommand(command: JournalEntry, entries: readonly JournalEntry[]): string {
  switch (command.kind) {
    case "sleep":
      return `a sleep until ${instant((command.value as Date).getTime())}`;
    case "call": {
      const callee = entries.find(
        ({ isCommand, completionId }) =>
          !isCommand && completionId === command.invocationIdCompletionId,
      );
      const id = callee?.invocationId === undefined ? "" : ` (${callee.invocationId})`;
      return `the call of ${command.target}${id}`;
    }
    case "run":
      return runName(command.name ?? "");
    case "getPromise":
      return `the durable promise ${JSON.stringify(command.key)}`;
    default:
      return command.text;
  }
}

function runName(name: string): string {
  return name === "" ? "ctx.run" : `ctx.run(${JSON.stringify(name)})`;
}

function instant(millis: number): string {
  return new Date(millis).toISOString();
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? "";
}
