/** Finds the invocations that were alive when the partition was opened and starts them again. */
import {
  aliveBatch,
  aliveRowKey,
  decodeAliveList,
  type EngineRecord,
  type Invocation,
  invocationRows,
  type PartitionStore,
  type Reader,
  Tag,
  tagRange,
} from "@rejoin/engine";
import type { InvocationKey } from "@rejoin/protocol";
import type { Limits } from "../limits.ts";
import type { AliveLists } from "./alive-lists.ts";

export interface RecoveryOptions {
  /** Whether the lists are new to this leader and have to be counted. */
  readonly count: boolean;
  readonly store: PartitionStore;
  readonly reader: Reader;
  readonly alive: AliveLists;
  readonly limits: Pick<Limits, "restartListsPage" | "recoverKeysMax">;
  readonly submit: (record: EngineRecord, applied: () => void) => void;
}

/** Walks the restart lists that are older than this opening; resolves when all are applied. */
export async function recover(options: RecoveryOptions, isClosed: () => boolean): Promise<void> {
  const { store, limits } = options;
  const end = aliveRowKey(store.lastCommit.number + 1);
  let { gte } = tagRange(Tag.alive);
  for (;;) {
    const rows = await store.scan({ gte, lt: end }, { limit: limits.restartListsPage });
    for (const row of rows) {
      if (isClosed()) return;
      await recoverList(options, aliveBatch(row.key), decodeAliveList(row.value));
    }
    const last = rows.at(-1);
    if (rows.length < limits.restartListsPage || last === undefined) return;
    gte = aliveRowKey(aliveBatch(last.key) + 1);
  }
}

async function recoverList(
  options: RecoveryOptions,
  batch: number,
  keys: readonly InvocationKey[],
): Promise<void> {
  const { limits, submit, reader, alive, count } = options;
  if (count) alive.beginCount(batch);
  for (let start = 0; start < keys.length; start += limits.recoverKeysMax) {
    const page = keys.slice(start, start + limits.recoverKeysMax);
    await new Promise<void>((resolve) => {
      submit({ kind: "recover", keys: page }, () => {
        const living = page.filter((key) => isAlive(reader.row(invocationRows, key), batch));
        if (count) alive.countPage(page, living.length);
        resolve();
      });
    });
  }
  if (count) alive.endCount();
}

/** Whether the invocation that `batch` bore is alive; a later life of its id is on another list. */
function isAlive(invocation: Invocation | null | undefined, batch: number): boolean {
  if (invocation === null || invocation === undefined) return false;
  return invocation.bornIn === batch && invocation.status !== "completed";
}
