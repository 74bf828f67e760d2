/**
 * Servers of the ecosystem that have no lists of their own are asked in SQL. They are known by what
 * they say of the lists: there is nothing at such a path.
 */
import {
  type AdminClient,
  ClientError,
  type InvocationDetails,
  type InvocationFilter,
  type InvocationResource,
  type JournalEntryResource,
} from "@rejoin/client";
import {
  invocationStatement,
  journalStatement,
  listStatement,
  stateStatement,
} from "./statements.ts";

/** Whether the server has no such route; what it has, but not this one thing, says so in words. */
export function isNotOffered(error: unknown): boolean {
  if (!(error instanceof ClientError)) return false;
  return error.status === 405 || (error.status === 404 && error.message.endsWith("answered 404"));
}

/** What `ask` gives or, from a server that has no such list, what `instead` does. */
export async function orBySql<T>(ask: () => Promise<T>, instead: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!isNotOffered(error)) throw error;
    return instead();
  }
}

export interface SqlList {
  readonly filter: InvocationFilter;
  readonly order: "newest" | "oldest";
  readonly limit: number;
}

export async function listBySql(
  admin: AdminClient,
  list: SqlList,
): Promise<{ readonly invocations: readonly InvocationResource[]; readonly isCut: boolean }> {
  const statement = listStatement({ ...list, limit: list.limit + 1 });
  const { rows } = await admin.query<InvocationResource>(statement);
  const invocations = rows.slice(0, list.limit).map(complete);
  return { invocations, isCut: rows.length > list.limit };
}

interface JournalRow {
  readonly index: number;
  readonly entry_type: string;
  readonly name?: string;
  readonly appended_at?: string;
  readonly raw_length?: number;
}

/** Rejects with status 404 if it is not there. */
export async function getBySql(
  admin: AdminClient,
  id: string,
  limit: number,
): Promise<InvocationDetails> {
  const found = await admin.query<InvocationResource>(invocationStatement(id));
  const [invocation] = found.rows;
  if (invocation === undefined) {
    throw new ClientError(`there is no invocation ${id}`, {
      kind: "refused",
      url: `/invocations/${id}`,
      status: 404,
    });
  }
  const { rows } = await admin.query<JournalRow>(journalStatement(id, limit + 1));
  const journal = rows.slice(0, limit).map(toEntry);
  const next = rows[limit]?.index;
  return {
    ...complete(invocation),
    journal,
    ...(next === undefined ? {} : { journal_next: next }),
  };
}

/** Values arrive in hexadecimal. */
export async function stateBySql(
  admin: AdminClient,
  service: string,
  key: string,
): Promise<readonly { readonly key: string; readonly value: Uint8Array }[]> {
  const statement = stateStatement(service, key);
  const { rows } = await admin.query<{ readonly key: string; readonly value?: string }>(statement);
  return rows.map((row) => ({ key: row.key, value: Buffer.from(row.value ?? "", "hex") }));
}

/** Null columns are absent. */
function complete(row: InvocationResource): InvocationResource {
  const {
    retry_count = 0,
    journal_size = 0,
    journal_commands_size = 0,
  } = row as Partial<InvocationResource>;
  return { ...row, retry_count, journal_size, journal_commands_size };
}

function toEntry({ raw_length, name, ...row }: JournalRow): JournalEntryResource {
  return {
    ...row,
    ...(name === undefined || name === "" ? {} : { name }),
    ...(raw_length === undefined ? {} : { length: raw_length }),
  };
}
