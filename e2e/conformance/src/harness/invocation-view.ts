/** What a server shows of invocations: the reference by SQL, ours as resources of the admin API. */
import { type IngressAnswer, request } from "../../../src/support/ingress-client.ts";

/** An invocation, as both servers can show it. */
export interface Shown {
  readonly id: string;
  /** `scheduled`, `pending`, `ready`, `running`, `backing-off`, `suspended`, `paused`, `completed` */
  readonly status: string;
  readonly completion_result?: string;
  readonly completion_failure?: string;
  readonly pinned_deployment_id?: string;
  readonly pinned_service_protocol_version?: number;
  readonly retry_count?: number;
  readonly last_failure?: string;
}

export interface InvocationView {
  /** `undefined` if the server does not know it. */
  read(adminUrl: string, id: string): Promise<Shown | undefined>;
  /** The kinds of its journal's entries, such as `Command: Input`, in order. */
  journal(adminUrl: string, id: string): Promise<readonly string[]>;
  /** Every invocation of a service. */
  list(adminUrl: string, service: string): Promise<readonly Shown[]>;
}

export const sqlView: InvocationView = {
  read: async (adminUrl, id) => {
    const [shown] = await query<Shown>(adminUrl, `SELECT * FROM sys_invocation WHERE id = '${id}'`);
    return shown;
  },
  journal: async (adminUrl, id) => {
    const sql = `SELECT entry_type FROM sys_journal WHERE id = '${id}' ORDER BY index`;
    const rows = await query<{ entry_type: string }>(adminUrl, sql);
    return rows.map((row) => row.entry_type);
  },
  list: (adminUrl, service) =>
    query(adminUrl, `SELECT * FROM sys_invocation WHERE target_service_name = '${service}'`),
};

interface Resource extends Shown {
  readonly journal: readonly { readonly entry_type: string }[];
}

export const resourceView: InvocationView = {
  read: (adminUrl, id) => readResource(adminUrl, id),
  journal: async (adminUrl, id) => {
    const resource = await readResource(adminUrl, id);
    return resource?.journal.map((entry) => entry.entry_type) ?? [];
  },
  list: async (adminUrl, service) => {
    const path = `/invocations?service=${service}&limit=1000`;
    const answer = await request(`${adminUrl}${path}`, { method: "GET" });
    return successOf<{ invocations: Shown[] }>(path, answer).invocations;
  },
};

async function readResource(adminUrl: string, id: string): Promise<Resource | undefined> {
  const answer = await request(`${adminUrl}/invocations/${id}`, { method: "GET" });
  return answer.status === 404 ? undefined : successOf(id, answer);
}

async function query<T>(adminUrl: string, sql: string): Promise<readonly T[]> {
  const headers = { accept: "application/json" };
  const answer = await request(`${adminUrl}/query`, { headers, body: { query: sql } });
  return successOf<{ rows: T[] }>(sql, answer).rows;
}

function successOf<T>(what: string, answer: IngressAnswer): T {
  if (answer.status === 200) return answer.json() as T;
  throw new Error(`${what} was answered ${answer.status}: ${answer.text}`);
}
