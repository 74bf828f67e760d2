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
import type { FairShare } from "./fair-share.ts";
import type { StatusCounts } from "./status-counts.ts";

export interface RecoveryOptions {
  /** Whether the lists are new to this leader and have to be counted. */
  readonly count: boolean;
  readonly store: PartitionStore;
  readonly reader: Reader;
  readonly alive: AliveLists;
  readonly statuses: StatusCounts;
  readonly limits: Pick<Limits, "restartListsPage" | "recoverKeysMax">;
  /** Lets others have their turns; without it, this goes on as fast as it can. */
  readonly share?: FairShare | undefined;
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
    if (rows.length < limits.restartListsPage || last === undefined) break;
    gte = aliveRowKey(aliveBatch(last.key) + 1);
  }
  if (options.count) options.statuses.endLists();
}

async function recoverList(
  options: RecoveryOptions,
  batch: number,
  keys: readonly InvocationKey[],
): Promise<void> {
  const { limits, alive, statuses, count } = options;
  if (count) {
    alive.beginCount(batch);
    statuses.beginList(batch);
  }
  for (let start = 0; start < keys.length; start += limits.recoverKeysMax) {
    const page = keys.slice(start, start + limits.recoverKeysMax);
    const step = () => recoverPage(options, batch, page);
    await (options.share?.take(step) ?? step());
  }
  if (count) {
    alive.endCount();
    statuses.endList();
  }
}

/** Resolves when it is applied. */
function recoverPage(
  { submit, reader, alive, statuses, count }: RecoveryOptions,
  batch: number,
  page: readonly InvocationKey[],
): Promise<void> {
  return new Promise((resolve) => {
    submit({ kind: "recover", keys: page }, () => {
      const living = livingOf(reader, page, batch);
      if (count) {
        alive.countPage(page, living.length);
        statuses.countPage(page, living);
      }
      resolve();
    });
  });
}

/** Those that `batch` bore and that are alive; a later life of an id is on another list. */
function livingOf(reader: Reader, page: readonly InvocationKey[], batch: number): Invocation[] {
  const found = page.map((key) => reader.row(invocationRows, key));
  return found.filter(
    (one): one is Invocation =>
      one !== null && one !== undefined && one.bornIn === batch && one.status !== "completed",
  );
}
