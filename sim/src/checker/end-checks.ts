/** What must hold when everything has been done. */
import { aliveBatch, decodeAliveList, Tag } from "@rejoin/engine";
import { formatInvocationId } from "@rejoin/protocol";
import type { SimContext } from "../sim-context.ts";
import type { SimProcess } from "../sim-process.ts";
import { latin1 } from "./digest.ts";
import { checkStaleState } from "./leftovers.ts";

/** Whether nothing is under way: no invocation, message, attempt or request. */
export function isQuiet(context: SimContext, front: SimProcess | undefined): boolean {
  const core = front?.core;
  const { log } = context;
  if (core === undefined || log.alive > 0 || log.mailbox.waiting > 0) return false;
  if (log.tasks.open > 0 || log.objects.busy > 0) return false;
  return core.invoker.attemptCount + core.invoker.readyCount + core.waiters.count === 0;
}

/** Nothing is left behind, on the disk or in memory. */
export function checkEnd(context: SimContext, process: SimProcess): void {
  checkMemory(context, process);
  checkInvocations(context);
  checkTimers(context);
  for (let p = 0; p < context.plan.partitionCount; p++) checkPartition(context, p);
  checkMutations(context);
  context.flow?.checkEnd(context.plan.partitionCount);
  for (const key of context.log.signals.unfinished()) {
    const text = `${formatInvocationId(key)} was killed, and not all that it called`;
    context.violations.report("survived-kill", text);
  }
  checkStaleState(context);
}

/** A change of state that was acknowledged has been made, when its object has had all its turns. */
function checkMutations({ interventions, violations }: SimContext): void {
  for (const { state, answer, version, entries } of interventions.mutations) {
    const isSure = version === undefined && entries.size > 0 && answer === "requested";
    if (!isSure || state !== "asked") continue;
    violations.report("not-done", `a change of state to ${[...entries]} was never made`);
  }
}

function checkMemory({ violations }: SimContext, { core }: SimProcess): void {
  if (core === undefined) return;
  const { attemptCount, readyCount } = core.invoker;
  if (attemptCount > 0) violations.report("leftover", `${attemptCount} attempts are running`);
  if (readyCount > 0) violations.report("leftover", `${readyCount} invocations are ready`);
  if (core.waiters.count > 0) violations.report("leftover", `${core.waiters.count} waiters`);
}

function checkInvocations({ log, violations }: SimContext): void {
  for (const [key, known] of log.invocations) {
    if (!known.present || known.header.status === "completed") continue;
    const text = `${formatInvocationId(key)} is ${known.header.status}`;
    violations.report("leftover", text);
  }
}

/** A timer matters as long as its invocation has not completed. */
function checkTimers({ log, violations }: SimContext): void {
  for (const { timer } of log.timers.set.values()) {
    const known = log.known(timer.invocation);
    if (known?.present !== true || known.header.status === "completed") continue;
    const text = `timer ${timer.id} of ${formatInvocationId(timer.invocation)} is left`;
    violations.report("leftover", text);
  }
}

function checkPartition({ disk, log, violations }: SimContext, partition: number): void {
  const { rows, mailbox } = disk.partition(partition);
  const messages = mailbox.range({ limit: 10 });
  if (messages.length > 0) violations.report("leftover", `${messages.length} messages`);
  const lists = rows.range({
    gte: String.fromCharCode(Tag.alive),
    lt: String.fromCharCode(Tag.alive + 1),
    limit: Number.MAX_SAFE_INTEGER,
  });
  for (const [row, value] of lists) {
    for (const key of decodeAliveList(value)) {
      const known = log.known(key);
      if (known !== undefined) continue;
      const batch = aliveBatch(Buffer.from(row, "latin1"));
      const text = `restart list ${batch} names ${latin1(Buffer.from(key, "latin1"))}`;
      violations.report("leftover", text);
    }
  }
}
