/** What lies in a data directory that no server has open. */
import { invocationOfRowKey, invocationRows, type Row, Tag, tagRange } from "@rejoin/engine";
import { openLevelStore } from "@rejoin/storage";

type RowTag = keyof typeof Tag;

export interface StoredRows {
  /** Of each kind. */
  readonly rows: Readonly<Record<RowTag, number>>;
  /** Of each handler. */
  readonly invocations: Readonly<Record<string, number>>;
}

type Partition = Awaited<ReturnType<Awaited<ReturnType<typeof openLevelStore>>["open"]>>;

const pageRows = 1000;

/** Counts the rows. */
export async function countStoredRows(dataDir: string): Promise<StoredRows> {
  const store = await openLevelStore({ directory: dataDir });
  try {
    const partition = await store.open(0);
    const rows = {} as Record<RowTag, number>;
    const invocations: Record<string, number> = {};
    for (const name of Object.keys(Tag) as RowTag[]) {
      rows[name] = 0;
      for await (const row of rowsOf(partition, Tag[name])) {
        rows[name] += 1;
        if (name !== "invocation") continue;
        const { handler } = invocationRows.decode(row.value, invocationOfRowKey(row.key)).target;
        invocations[handler] = (invocations[handler] ?? 0) + 1;
      }
    }
    return { rows, invocations };
  } finally {
    await store.close();
  }
}

async function* rowsOf(partition: Partition, tag: number): AsyncGenerator<Row> {
  for (let range = tagRange(tag); ; ) {
    const page = await partition.scan(range, { limit: pageRows });
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < pageRows) return;
    range = tagRange(tag, last.key);
  }
}
