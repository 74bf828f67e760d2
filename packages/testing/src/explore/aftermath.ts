/** What a run has left behind, in a form that does not depend on ids. */
import {
  instanceOfObjectKey,
  objectRows,
  parseInstanceId,
  parseStateRowKey,
  type Reads,
  type Row,
  Tag,
  tagRange,
} from "@rejoin/engine";
import {
  formatInvocationId,
  type InvocationKey,
  parseAwakeableId,
  parseInvocationId,
} from "@rejoin/protocol";
import type { InvocationView } from "../inspect/invocations.ts";
import { decodeValue, type JournalEntry } from "../inspect/journal.ts";
import type { Runtime } from "../runtime.ts";

/** One invocation. */
export interface Remains {
  readonly id: string;
  readonly key: InvocationKey;
  readonly status: string;
  /** Its commands, one line each. */
  readonly commands: readonly string[];
  /** All its entries, for labels. */
  readonly entries: readonly JournalEntry[];
}

export interface Aftermath {
  /** By a name that is the same in every run: the calls that have led to it. */
  readonly invocations: ReadonlyMap<string, Remains>;
  /** By service, key and name of the state. */
  readonly state: ReadonlyMap<string, string>;
}

/** Makes what may differ between runs the same. */
export type Normalize = (value: unknown) => unknown;

const PAGE_ROWS = 256;
/** Their times are those of the clock: a run with a crash is later. */
const TIMED = new Set(["sleep"]);

export async function readAftermath(runtime: Runtime, normalize: Normalize): Promise<Aftermath> {
  const views = await runtime.invocations();
  const journals = new Map<string, readonly JournalEntry[]>();
  for (const { id } of views) journals.set(id, await runtime.journalOf(id));
  const names = nameAll(views, journals);
  const toText = (value: unknown) => stable(normalize(value), names);
  const invocations = new Map<string, Remains>();
  for (const { id, status, failure } of views) {
    const entries = journals.get(id) ?? [];
    const commands = entries.filter(({ isCommand }) => isCommand).map((e) => lineOf(e, toText));
    const end = failure === undefined ? status : `${status}: [${failure.code}] ${failure.message}`;
    const key = parseInvocationId(id);
    const remains = { id, key, status: withNames(end, names), commands, entries };
    invocations.set(names.get(id) ?? id, remains);
  }
  return { invocations, state: await readStates(runtime.reads, toText) };
}

/** Names by ids: a root by its target, a child by the place where its parent calls it. */
function nameAll(
  views: readonly InvocationView[],
  journals: ReadonlyMap<string, readonly JournalEntry[]>,
): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const counts = new Map<string, number>();
  const give = (id: string, name: string) => {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    names.set(id, count === 1 ? name : `${name} (${count})`);
  };
  const targets = new Map(views.map(({ id, target }) => [id, target]));
  const visit = (id: string) => {
    for (const child of childrenOf(journals.get(id) ?? [])) {
      if (names.has(child) || !targets.has(child)) continue;
      give(child, `${names.get(id)} → ${targets.get(child)}`);
      visit(child);
    }
  };
  for (const { id, calledBy, target } of views) {
    if (calledBy !== undefined) continue;
    give(id, target);
    visit(id);
  }
  for (const { id, target } of views) if (!names.has(id)) give(id, target);
  return names;
}

/** In the order of the calls. */
function childrenOf(entries: readonly JournalEntry[]): readonly string[] {
  const ids = new Map<number, string>();
  for (const { completionId, invocationId } of entries) {
    if (completionId !== undefined && invocationId !== undefined)
      ids.set(completionId, invocationId);
  }
  return entries.flatMap(({ invocationIdCompletionId: at }) =>
    at === undefined ? [] : (ids.get(at) ?? []),
  );
}

function lineOf(entry: JournalEntry, toText: (value: unknown) => string): string {
  const { kind, name, target, key, value, failure } = entry;
  const parts = [kind, name === undefined ? "" : JSON.stringify(name), target ?? "", key ?? ""];
  if (failure !== undefined) parts.push(`failed: [${failure.code}] ${failure.message}`);
  else if (value !== undefined && !TIMED.has(kind)) parts.push(`= ${toText(value)}`);
  return parts.filter((part) => part !== "").join(" ");
}

/** Of all objects: a generation that was cleared does not count. */
async function readStates(
  reads: Reads,
  toText: (value: unknown) => string,
): Promise<ReadonlyMap<string, string>> {
  const generations = new Map<string, number>();
  for (const { key, value } of await readAll(reads, Tag.object)) {
    const id = instanceOfObjectKey(key);
    generations.set(id, objectRows.decode(value, id).generation);
  }
  const states = new Map<string, string>();
  for (const { key, value } of await readAll(reads, Tag.state)) {
    const { instance, generation, name } = parseStateRowKey(key);
    if (generation !== (generations.get(instance) ?? 0)) continue;
    const { service, key: objectKey } = parseInstanceId(instance);
    const label = `${service}/${objectKey} ${new TextDecoder().decode(name)}`;
    states.set(label, toText(decodeValue(value)));
  }
  return states;
}

async function readAll(reads: Reads, tag: number): Promise<readonly Row[]> {
  const all: Row[] = [];
  for (let range = tagRange(tag); ; ) {
    const rows = await reads.scan(range, { limit: PAGE_ROWS });
    all.push(...rows);
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE_ROWS) return all;
    range = tagRange(tag, last.key);
  }
}

const IDS = /inv_1[A-Za-z0-9]+|sign_1[A-Za-z0-9_-]+/g;

/** A value as text, with names instead of ids, and the keys of its objects in order. */
function stable(value: unknown, names: ReadonlyMap<string, string>): string {
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString("hex")}`;
  const text = JSON.stringify(value, (_key, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
  return withNames(text ?? String(value), names);
}

export function withNames(text: string, names: ReadonlyMap<string, string>): string {
  return text.replace(IDS, (id) => {
    if (id.startsWith("inv_")) return names.get(id) ?? id;
    try {
      const target = parseAwakeableId(id);
      const owner = names.get(formatInvocationId(target.invocationKey));
      const index = target.kind === "signal" ? target.signalIndex : target.entryIndex;
      return owner === undefined ? id : `awakeable ${index} of ${owner}`;
    } catch {
      return id;
    }
  });
}
