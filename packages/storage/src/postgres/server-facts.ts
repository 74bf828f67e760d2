/** What a server must be like for its commits to be durable, asked of every new connection. */
import { StoreError } from "@rejoin/engine";
import type { ClientBase } from "pg";

/** What a connection says about its server. */
export interface ServerFacts {
  /** As in `server_version_num`: 150004 is 15.4. */
  readonly versionNumber: number;
  readonly version: string;
  readonly isStandby: boolean;
  readonly isReadOnly: boolean;
  readonly isFsyncOn: boolean;
}

const versionNumberMin = 130_000;

/**
 * Throws `UNSUPPORTED_FORMAT` for a server that is too old, and `NOT_WRITABLE` for one that takes no
 * writes or may lose them.
 */
export function assertServer(
  place: string,
  facts: ServerFacts,
  options: { readonly acceptFsyncOff: boolean },
): void {
  if (facts.versionNumber < versionNumberMin) {
    throw new StoreError(
      "UNSUPPORTED_FORMAT",
      `${place} is served by PostgreSQL ${facts.version}: version 13 or newer is needed`,
    );
  }
  const refuse = (why: string) => {
    throw new StoreError("NOT_WRITABLE", `${place} cannot be used: ${why}`);
  };
  if (facts.isStandby) refuse("the server is a standby, connect to its primary");
  if (facts.isReadOnly)
    refuse("its transactions are read-only, set default_transaction_read_only to off");
  if (!facts.isFsyncOn && !options.acceptFsyncOff) {
    refuse(
      "the server runs with fsync = off and loses commits in a crash, turn it on or accept it",
    );
  }
}

/** Asks a connection what its server is like. */
export async function readServerFacts(client: ClientBase): Promise<ServerFacts> {
  const { rows } = await client.query<Record<string, string | boolean>>(
    `SELECT current_setting('server_version_num') AS number,
       current_setting('server_version') AS version,
       pg_is_in_recovery() AS standby,
       current_setting('transaction_read_only') AS read_only,
       current_setting('fsync') AS fsync`,
  );
  const found = rows[0] ?? {};
  return {
    versionNumber: Number(found.number),
    version: String(found.version),
    isStandby: found.standby === true,
    isReadOnly: found.read_only !== "off",
    isFsyncOn: found.fsync !== "off",
  };
}

/**
 * Prepares a new connection.
 *
 * - `synchronous_commit` is raised from `off` to `on`; how far standbys are waited for beyond that
 *   remains the operator's choice.
 * - Every statement of the store goes by a key. A plan that was made while a table was small or had
 *   no statistics must not read all of it when it has grown, so other plans are switched off, and
 *   the plan of a prepared statement is made once.
 */
export async function configureSession(
  client: ClientBase,
  options: { readonly statementTimeoutMs: number; readonly idleTransactionTimeoutMs: number },
): Promise<void> {
  const settings: Record<string, string> = {
    statement_timeout: `${options.statementTimeoutMs}`,
    idle_in_transaction_session_timeout: `${options.idleTransactionTimeoutMs}`,
    default_transaction_isolation: "read committed",
    bytea_output: "hex",
    plan_cache_mode: "force_generic_plan",
    jit: "off",
    enable_seqscan: "off",
    enable_bitmapscan: "off",
    enable_hashjoin: "off",
    enable_mergejoin: "off",
    enable_sort: "off",
  };
  await client.query(
    `SELECT set_config('synchronous_commit', CASE current_setting('synchronous_commit')
         WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false),
       (SELECT count(set_config(name, setting, false))
         FROM unnest($1::text[], $2::text[]) AS settings (name, setting))`,
    [Object.keys(settings), Object.values(settings)],
  );
}
