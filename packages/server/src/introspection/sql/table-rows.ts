/** The rows of the tables that are not mirrored: read for one statement, as far as it needs them. */
import {
  type Instance,
  type InstanceId,
  type InvocationEvent,
  inboxRows,
  instanceId,
  invocationOfRowKey,
  invocationRows,
  type KeyRange,
  limiterOfRowKey,
  limiterRows,
  objectRows,
  parseInstanceId,
  parseStateRowKey,
  promiseRows,
  Tag,
  tagRange,
} from "@rejoin/engine";
import {
  formatInvocationId,
  type InvocationKey,
  parseInvocationId,
  partitionKeyOf,
  partitionKeyOfKey,
  partitionKeyOfScope,
  partitionOf,
  type Uint64,
} from "@rejoin/protocol";
import { commandName } from "../entry/entry-names.ts";
import type { RegistryFacts } from "../mirror/messages.ts";
import {
  instanceOfRowKey,
  nameRange,
  scopeNamePrefix,
  serviceNamePrefix,
} from "../objects/instance-rows.ts";
import { Refused } from "../process/refused.ts";
import { readEvents } from "../read-events.ts";
import { journalRows } from "./journal-rows.ts";
import type { RemoteReads } from "./remote-reads.ts";
import type { SqlRow } from "./temp-table.ts";

export interface TableSource {
  readonly partitions: readonly RemoteReads[];
  readonly registry: RegistryFacts;
  /** What the statement demands of a column. */
  readonly demanded: (column: string) => readonly string[] | undefined;
  /** Whether it reads a column. */
  readonly wants: (column: string) => boolean;
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** By the names of the tables; those without rows are not among them. */
export const TABLE_ROWS: Readonly<Record<string, (source: TableSource) => AsyncGenerator<SqlRow>>> =
  {
    sys_journal: journalTable,
    sys_journal_events: eventsTable,
    sys_inbox: inboxTable,
    sys_keyed_service_status: (source) => lockTable(source, "keyed"),
    sys_locks: (source) => lockTable(source, "locks"),
    state: stateTable,
    sys_promise: promiseTable,
    sys_service: serviceTable,
    sys_deployment: deploymentTable,
    sys_rules: ruleTable,
    sys_user_limits: limitTable,
  };

async function* journalTable(source: TableSource): AsyncGenerator<SqlRow> {
  for await (const [reads, key] of invocationsOf(source)) yield* journalRows(source, reads, key);
}

async function* eventsTable(source: TableSource): AsyncGenerator<SqlRow> {
  for await (const [reads, key] of invocationsOf(source)) {
    const [bytes] = await reads.getMany([invocationRows.rowKey(key)]);
    if (bytes === undefined) continue;
    const events = await readEvents(reads, invocationRows.decode(bytes, key));
    for (const event of events) {
      yield {
        partition_key: toBigint(partitionKeyOf(key)),
        id: formatInvocationId(key),
        after_journal_entry_index: event.afterEntry,
        appended_at: event.at,
        event_type: event.kind === "paused" ? "Paused" : "TransientError",
        event_json: JSON.stringify(toEventJson(event)),
      };
    }
  }
}

function toEventJson(event: InvocationEvent): object {
  if (event.kind === "paused") return { ty: "Paused" };
  const { code, message, stacktrace, docCode, ...related } = event.failure;
  const type = related.relatedCommandType;
  return {
    ty: "TransientError",
    error_code: code,
    error_message: message,
    ...(stacktrace === "" ? {} : { error_stacktrace: stacktrace }),
    ...(docCode === "" ? {} : { restate_doc_error_code: docCode }),
    ...(related.relatedCommandIndex === undefined
      ? {}
      : { related_command_index: related.relatedCommandIndex }),
    ...(related.relatedCommandName === undefined
      ? {}
      : { related_command_name: related.relatedCommandName }),
    ...(type === undefined ? {} : { related_command_type: commandName(type) }),
  };
}

/** The invocations that the statement names by their ids, or all. */
async function* invocationsOf({
  partitions,
  demanded,
}: TableSource): AsyncGenerator<readonly [RemoteReads, InvocationKey]> {
  const ids = demanded("id");
  if (ids === undefined) {
    for (const reads of partitions) {
      for await (const { key } of reads.all(tagRange(Tag.invocation))) {
        yield [reads, invocationOfRowKey(key)];
      }
    }
    return;
  }
  for (const key of new Set(ids.map(parseId))) {
    const reads = partitions[placeOf(partitionKeyOf(key), partitions.length)];
    if (reads !== undefined) yield [reads, key];
  }
}

function parseId(text: string): InvocationKey {
  try {
    return parseInvocationId(text);
  } catch (cause) {
    const message = `${JSON.stringify(text)} is no invocation id`;
    throw Object.assign(new Refused("statement", message), { cause });
  }
}

function placeOf(partitionKey: Uint64, partitionCount: number): number {
  return partitionCount === 1 ? 0 : partitionOf(partitionKey, partitionCount);
}

interface InstanceRow {
  readonly reads: RemoteReads;
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly id: InstanceId;
  readonly instance: Instance;
  readonly base: SqlRow;
}

/** The rows of a tag with their instances, of the services and keys that the statement names. */
async function* instanceRows(source: TableSource, tag: number): AsyncGenerator<InstanceRow> {
  for (const reads of source.partitions) {
    for await (const range of rangesOf(reads, tag, source)) {
      for await (const { key, value } of reads.all(range)) {
        const id = instanceOfRowKey(key);
        const instance = parseInstanceId(id);
        yield { reads, key, value, id, instance, base: baseOf(instance) };
      }
    }
  }
}

async function* rangesOf(
  reads: RemoteReads,
  tag: number,
  { demanded }: TableSource,
): AsyncGenerator<KeyRange> {
  const services = demanded("service_name");
  const keys = demanded("service_key");
  if (services === undefined) yield tagRange(tag);
  for (const service of services ?? []) {
    if (keys === undefined) yield nameRange(tag, serviceNamePrefix(service));
    else {
      for await (const scope of scopesOf(reads, tag, service)) {
        for (const key of keys) yield nameRange(tag, instanceId({ service, scope, key }));
      }
    }
  }
}

/** Most statements say nothing of a scope, and mean all of them: they are few, and found by leaps. */
async function* scopesOf(reads: RemoteReads, tag: number, service: string) {
  let range = nameRange(tag, serviceNamePrefix(service));
  for (;;) {
    const [row] = await reads.scan(range, { limit: 1 });
    if (row === undefined) return;
    const { scope } = parseInstanceId(instanceOfRowKey(row.key));
    yield scope;
    range = { gte: nameRange(tag, scopeNamePrefix({ service, scope, key: "" })).lt, lt: range.lt };
  }
}

function baseOf({ service, scope, key }: Instance): SqlRow {
  const partitionKey = scope === "" ? partitionKeyOfKey(key) : partitionKeyOfScope(scope);
  return {
    partition_key: toBigint(partitionKey),
    service_name: service,
    service_key: key,
    scope: scope === "" ? null : scope,
  };
}

/** What a `clearAll` has left behind is not in it. */
async function* stateTable(source: TableSource): AsyncGenerator<SqlRow> {
  let current = { id: "", generation: 0 };
  for await (const { reads, key, value, id, base } of instanceRows(source, Tag.state)) {
    if (id !== current.id) {
      const [object] = await reads.getMany([objectRows.rowKey(id)]);
      const generation = object === undefined ? 0 : objectRows.decode(object, id).generation;
      current = { id, generation };
    }
    const { generation, name } = parseStateRowKey(key);
    if (generation !== current.generation) continue;
    yield {
      ...base,
      key: Buffer.from(name).toString(),
      key_length: name.length,
      value_utf8: source.wants("value_utf8") ? textOf(value) : null,
      value: source.wants("value") ? value : null,
      value_length: value.length,
    };
  }
}

async function* promiseTable(source: TableSource): AsyncGenerator<SqlRow> {
  for await (const { key, value, id, base } of instanceRows(source, Tag.promise)) {
    const row = promiseRows.decode(value, id);
    const name = Buffer.from(key.subarray(1 + id.length)).toString();
    const outcome = row.kind === "completed" ? row.outcome : undefined;
    yield {
      ...base,
      key: name,
      completed: row.kind === "completed",
      ...(outcome?.kind === "value"
        ? {
            completion_success_value: outcome.value,
            completion_success_value_utf8: textOf(outcome.value),
          }
        : {}),
      ...(outcome?.kind === "failure"
        ? { completion_failure: `[${outcome.failure.code}] ${outcome.failure.message}` }
        : {}),
    };
  }
}

/** Invocations that wait; a change of the state that waits among them is none. */
async function* inboxTable(source: TableSource): AsyncGenerator<SqlRow> {
  for await (const { key, value, id, base } of instanceRows(source, Tag.inbox)) {
    const entry = inboxRows.decode(value, id);
    if (entry.kind !== "invocation") continue;
    const place = key.subarray(1 + id.length);
    const sequence = new DataView(place.buffer, place.byteOffset, 8).getBigUint64(0);
    yield { ...base, id: formatInvocationId(entry.key), sequence_number: sequence };
  }
}

async function* lockTable(source: TableSource, form: "keyed" | "locks"): AsyncGenerator<SqlRow> {
  for await (const { value, id, instance, base } of instanceRows(source, Tag.object)) {
    const { holder } = objectRows.decode(value, id);
    if (holder === undefined || holder === "task") continue;
    const by = formatInvocationId(holder);
    yield form === "keyed"
      ? { ...base, invocation_id: by }
      : { ...base, lock_name: `${instance.service}/${instance.key}`, acquired_by: by };
  }
}

async function* serviceTable({ registry }: TableSource): AsyncGenerator<SqlRow> {
  for (const { name, revision, isPublic, type, deploymentId } of registry.services) {
    yield { name, revision, public: isPublic, ty: type, deployment_id: deploymentId };
  }
}

async function* deploymentTable({ registry }: TableSource): AsyncGenerator<SqlRow> {
  for (const deployment of registry.deployments) {
    yield {
      id: deployment.id,
      ty: deployment.type,
      endpoint: deployment.endpoint,
      created_at: deployment.createdAt,
      min_service_protocol_version: deployment.minProtocolVersion,
      max_service_protocol_version: deployment.maxProtocolVersion,
      services: deployment.services,
    };
  }
}

async function* ruleTable({ registry }: TableSource): AsyncGenerator<SqlRow> {
  for (const { pattern, concurrency, description, disabled, version, ...rule } of registry.rules) {
    const last_modified = rule.lastModifiedAt;
    yield { pattern, concurrency, description, disabled, version, last_modified };
  }
}

const SCOPE_LIMITER = /^scope:/;
const LEVELS = ["Scope", "Level1", "Level2"];

/** How many run under the limits by scope and limit key. */
async function* limitTable({ partitions, registry }: TableSource): AsyncGenerator<SqlRow> {
  for (const reads of partitions) {
    for await (const { key, value } of reads.all(tagRange(Tag.limiter))) {
      const limiter = limiterOfRowKey(key);
      if (!SCOPE_LIMITER.test(limiter)) continue;
      const path = limiter.replace(SCOPE_LIMITER, "").split("/");
      const { running, head, tail } = limiterRows.decode(value, limiter);
      const [scope = "", l1, l2] = path;
      const rule = ruleFor(registry, path);
      const limit = rule?.concurrency;
      yield {
        partition_key: toBigint(partitionKeyOfScope(scope)),
        scope,
        l1,
        l2,
        level: LEVELS[path.length - 1] ?? null,
        usage: running,
        concurrency_limit: limit,
        rule_pattern: rule?.pattern,
        available: limit === undefined ? null : Math.max(0, limit - running),
        num_waiters: tail - head,
      };
    }
  }
}

/** The most specific one that fits; exactness counts from the left. */
function ruleFor({ rules }: RegistryFacts, path: readonly string[]) {
  const fitting = rules.filter(({ pattern, disabled }) => {
    const parts = pattern.split("/");
    const fits = (part: string, i: number) => part === "*" || part === path[i];
    return !disabled && parts.length === path.length && parts.every(fits);
  });
  const rank = (pattern: string) => pattern.split("/").map((part) => (part === "*" ? "1" : "0"));
  return fitting.sort((a, b) =>
    rank(a.pattern).join("").localeCompare(rank(b.pattern).join("")),
  )[0];
}

function toBigint({ high, low }: Uint64): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}

/** Null for what is no text. */
function textOf(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}
