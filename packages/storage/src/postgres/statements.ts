/**
 * The statements of a store. Each is a transaction of its own, so that a commit is one round trip.
 *
 * A commit begins with the partition's head: it is changed, and with that locked, only if the epoch
 * and the number before are those that the committer knows. All that follows is joined with what
 * that change returned: a fenced commit changes nothing. An opening changes the same row, so it
 * waits for a commit that is under way, and every later one of an older epoch waits for it and then
 * finds another epoch.
 */
import { escapeIdentifier } from "pg";
import type { Statement } from "./connections.ts";

/** The channel that changes of metadata are told on, of all schemas of a database. */
export const metadataChannel = "rejoin_metadata";

/** See the head of this file; each tells its parameters. */
export type Statements = ReturnType<typeof createStatements>;

/** The statements for the tables in `schema`. */
export function createStatements(schema: string) {
  const table = (name: string) => `${escapeIdentifier(schema)}.${name}`;
  return {
    ...partitionStatements(table),
    ...readStatements(table),
    ...metadataStatements(table),
  };
}

type TableName = (name: string) => string;

function partitionStatements(table: TableName) {
  return {
    /** partition */
    open: statement(
      "rejoin_open",
      `UPDATE ${table("partitions")} SET epoch = epoch + 1 WHERE partition = $1
       RETURNING epoch, commit_number, commit_time_ms`,
    ),
    /** partition */
    head: statement(
      "rejoin_head",
      `SELECT epoch, commit_number FROM ${table("partitions")} WHERE partition = $1`,
    ),
    /**
     * partition, epoch, number, time; keys and values to put; keys to delete; destinations, places
     * and bodies of messages; places consumed. One row if it was applied, none if not.
     */
    commit: statement(
      "rejoin_commit",
      `WITH head AS (
         UPDATE ${table("partitions")} SET commit_number = $3::bigint, commit_time_ms = $4
         WHERE partition = $1 AND epoch = $2 AND commit_number = $3::bigint - 1
         RETURNING partition
       ), put AS (
         INSERT INTO ${table("rows")} (partition, key, value)
         SELECT head.partition, new.key, new.value
         FROM head, unnest($5::bytea[], $6::bytea[]) AS new (key, value)
         ON CONFLICT (partition, key) DO UPDATE SET value = excluded.value
       ), deleted AS (
         DELETE FROM ${table("rows")} AS present USING head, unnest($7::bytea[]) AS old (key)
         WHERE present.partition = head.partition AND present.key = old.key
       ), sent AS (
         INSERT INTO ${table("mailbox")} (partition, place, body)
         SELECT new.destination, new.place, new.body
         FROM head, unnest($8::integer[], $9::bytea[], $10::bytea[])
           AS new (destination, place, body)
         ON CONFLICT (partition, place) DO UPDATE SET body = excluded.body
       ), consumed AS (
         DELETE FROM ${table("mailbox")} AS present USING head, unnest($11::bytea[]) AS old (place)
         WHERE present.partition = head.partition AND present.place = old.place
       )
       SELECT partition FROM head`,
    ),
  };
}

function readStatements(table: TableName) {
  const scan = (order: string) =>
    `SELECT key, value FROM ${table("rows")}
     WHERE partition = $1 AND key >= $2 AND key < $3 ORDER BY key ${order} LIMIT $4`;
  return {
    /** partition, keys; the index (from 1) and value of each key that is present, in any order */
    getMany: statement(
      "rejoin_get_many",
      `SELECT wanted.index, present.value
       FROM unnest($2::bytea[]) WITH ORDINALITY AS wanted (key, index)
       JOIN ${table("rows")} AS present ON present.partition = $1 AND present.key = wanted.key`,
    ),
    /** partition, first key, key after the last, limit */
    scanForward: statement("rejoin_scan_forward", scan("ASC")),
    /** the same */
    scanReverse: statement("rejoin_scan_reverse", scan("DESC")),
    /** partition, place, limit */
    readMailbox: statement(
      "rejoin_read_mailbox",
      `SELECT place, body FROM ${table("mailbox")}
       WHERE partition = $1 AND place > $2 ORDER BY place LIMIT $3`,
    ),
  };
}

function metadataStatements(table: TableName) {
  const notifying = (change: string) =>
    `WITH changed AS (${change} RETURNING version)
     SELECT pg_notify('${metadataChannel}', $3) FROM changed`;
  return {
    /** key */
    getMetadata: statement(
      "rejoin_get_metadata",
      `SELECT version, value FROM ${table("metadata")} WHERE key = $1`,
    ),
    /** keys; the key and version of each that is present */
    metadataVersions: statement(
      "rejoin_metadata_versions",
      `SELECT key, version FROM ${table("metadata")} WHERE key = ANY ($1::bytea[])`,
    ),
    /** key, value, what to notify; one row if it was created */
    createMetadata: statement(
      "rejoin_create_metadata",
      notifying(
        `INSERT INTO ${table("metadata")} (key, version, value) VALUES ($1, 1, $2)
         ON CONFLICT DO NOTHING`,
      ),
    ),
    /** key, value, what to notify, expected version; one row if it was changed */
    changeMetadata: statement(
      "rejoin_change_metadata",
      notifying(
        `UPDATE ${table("metadata")} SET version = version + 1, value = $2
         WHERE key = $1 AND version = $4`,
      ),
    ),
  };
}

function statement(name: string, text: string): Statement {
  return { name, text };
}
