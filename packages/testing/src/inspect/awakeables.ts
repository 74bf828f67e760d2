/** Awakeables that somebody waits for. */
import { type AwaitTree, type Reads, toAwaitTree } from "@rejoin/engine";
import {
  FIRST_USER_SIGNAL_INDEX,
  formatAwakeableId,
  formatInvocationId,
  type InvocationKey,
} from "@rejoin/protocol";
import type { Core, InvocationDetail } from "@rejoin/server/internal";
import type { OpenAttempt } from "../endpoint/watched-endpoint.ts";
import { leavesOf } from "./await-leaves.ts";
import { targetText } from "./invocations.ts";
import { readInvocations } from "./reads.ts";

/** An awakeable that is awaited. */
export interface Awakeable {
  /** What `ingress.resolveAwakeable` takes. */
  readonly id: string;
  readonly invocationId: string;
  /** `service/handler` or `service/key/handler` of the invocation. */
  readonly target: string;
}

const JOURNAL_MAX = 1_000_000;

export async function readAwakeables(
  reads: Reads,
  core: Core,
  attempts: readonly OpenAttempt[],
): Promise<readonly Awakeable[]> {
  const found: Awakeable[] = [];
  for (const { key, status, target } of await readInvocations(reads)) {
    if (status !== "invoked" && status !== "suspended") continue;
    const detail = await core.introspection.read(key, { from: 0, limit: JOURNAL_MAX });
    const tree = detail && awaitedTree(detail, key, attempts);
    if (tree === undefined) continue;
    const come = new Set(detail?.journal.items.map(({ message }) => signalOf(message)));
    for (const signal of leavesOf(tree).signals) {
      if (signal < FIRST_USER_SIGNAL_INDEX || come.has(signal)) continue;
      const id = formatAwakeableId(key, signal);
      found.push({ id, invocationId: formatInvocationId(key), target: targetText(target) });
    }
  }
  return found;
}

/** What an invocation awaits, as it said when it was suspended, or last. */
export function awaitedTree(
  detail: InvocationDetail,
  key: InvocationKey,
  attempts: readonly OpenAttempt[],
): AwaitTree | undefined {
  if (detail.awaiting !== undefined) return detail.awaiting;
  const future = attempts.find(({ invocation }) => invocation === key)?.awaiting;
  return future && toAwaitTree(future);
}

type Message = InvocationDetail["journal"]["items"][number]["message"];

function signalOf(message: Message): number | undefined {
  return message?.kind === "signal" ? message.signalIndex : undefined;
}
