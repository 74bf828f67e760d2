/** The state of virtual objects and workflows, read and written by a test. */
import {
  type Instance,
  instanceId,
  type ObjectRow,
  objectRows,
  parseStateRowKey,
  type Reads,
  stateRange,
} from "@rejoin/engine";
import { formatInvocationId, type StateEntry, stateVersion } from "@rejoin/protocol";
import { type Serde, serde, type TypedState, type UntypedState } from "@rejoin/sdk";
import type { Core } from "@rejoin/server/internal";

type Name<S extends TypedState, K extends keyof S> = S extends UntypedState ? string : K;
type Value<S extends TypedState, K extends keyof S, V> = S extends UntypedState ? V : S[K];

/** The state of one object or workflow. Values are JSON unless a serde is given. */
export interface StateProxy<TState extends TypedState = UntypedState> {
  /** The value, or `null` if there is none. */
  get<TValue, TKey extends keyof TState = string>(
    name: Name<TState, TKey>,
    serde?: Serde<Value<TState, TKey, TValue>>,
  ): Promise<Value<TState, TKey, TValue> | null>;
  /** All values by their names. */
  getAll(
    serde?: Serde<unknown>,
  ): Promise<TState extends UntypedState ? Record<string, unknown> : Partial<TState>>;
  /** Sets one value; while an exclusive handler has the object, when that has ended. */
  set<TValue, TKey extends keyof TState = string>(
    name: Name<TState, TKey>,
    value: Value<TState, TKey, TValue>,
    serde?: Serde<Value<TState, TKey, TValue>>,
  ): Promise<void>;
  /** Replaces the whole state. */
  setAll(
    values: TState extends UntypedState ? Record<string, unknown> : Partial<TState>,
    serde?: Serde<unknown>,
  ): Promise<void>;
}

export interface StateAccess {
  readonly core: () => Core;
  readonly reads: () => Reads;
  /** Keeps time from passing meanwhile. */
  readonly track: <T>(run: () => Promise<T>) => Promise<T>;
}

const PAGE_ROWS = 256;
/** Each says that somebody else has changed the state in between. */
const TRIES_MAX = 100;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function createStateProxy(access: StateAccess, instance: Instance): StateProxy {
  const read = () => access.track(() => readState(access.reads(), instance));
  return {
    async get<T>(name: string, valueSerde: Serde<T> = serde.json) {
      const entry = (await read()).find(({ key }) => decoder.decode(key) === name);
      return entry === undefined ? null : valueSerde.deserialize(entry.value);
    },
    async getAll(valueSerde: Serde<unknown> = serde.json) {
      const entries = await read();
      return Object.fromEntries(
        entries.map(({ key, value }) => [decoder.decode(key), valueSerde.deserialize(value)]),
      );
    },
    async set<T>(name: string, value: T, valueSerde: Serde<T> = serde.json) {
      const key = encoder.encode(name);
      const bytes = valueSerde.serialize(value);
      const change = (now: readonly StateEntry[]) => [
        ...now.filter((entry) => Buffer.compare(entry.key, key) !== 0),
        { key, value: bytes },
      ];
      await access.track(() => changeState(access, instance, change));
    },
    async setAll(values: Record<string, unknown>, valueSerde: Serde<unknown> = serde.json) {
      const entries = Object.entries(values)
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => ({
          key: encoder.encode(name),
          value: valueSerde.serialize(value),
        }));
      await access.track(() => replaceState(access, instance, entries));
    },
  } as StateProxy;
}

/** The state as it is stored, in the order of its names. */
export async function readState(reads: Reads, instance: Instance): Promise<readonly StateEntry[]> {
  const { generation } = await readObject(reads, instance);
  const entries: StateEntry[] = [];
  const { lt, ...first } = stateRange(instanceId(instance), generation);
  let { gte } = first;
  for (;;) {
    const rows = await reads.scan({ gte, lt }, { limit: PAGE_ROWS });
    for (const { key, value } of rows) entries.push({ key: parseStateRowKey(key).name, value });
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE_ROWS) return entries;
    gte = Uint8Array.of(...last.key, 0);
  }
}

async function changeState(
  access: StateAccess,
  instance: Instance,
  change: (now: readonly StateEntry[]) => readonly StateEntry[],
): Promise<void> {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    await assertFree(access.reads(), instance);
    const now = await readState(access.reads(), instance);
    const mutation = { entries: inOrder(change(now)), version: stateVersion(now) };
    const result = await access.core().operations.mutateState(instance, mutation);
    if (result.kind !== "refused") return;
    if (result.reason !== "stateChanged") throw new Error(result.message);
  }
  throw new Error(
    `the state of ${nameOf(instance)} has changed whenever it was to be set; wait for its handlers`,
  );
}

async function replaceState(
  { core }: StateAccess,
  instance: Instance,
  entries: readonly StateEntry[],
): Promise<void> {
  const mutation = { entries: inOrder(entries), version: undefined };
  const result = await core().operations.mutateState(instance, mutation);
  if (result.kind === "refused") throw new Error(result.message);
}

/** A change of what is there now would be void when the handler has changed it. */
async function assertFree(reads: Reads, instance: Instance): Promise<void> {
  const { holder } = await readObject(reads, instance);
  if (holder === undefined || holder === "task") return;
  throw new Error(
    `a value of ${nameOf(instance)} cannot be set while ${formatInvocationId(holder)} has the ` +
      "object: wait for that invocation, or replace the whole state with setAll",
  );
}

async function readObject(
  reads: Reads,
  instance: Instance,
): Promise<Pick<ObjectRow, "holder" | "generation">> {
  const id = instanceId(instance);
  const [row] = await reads.getMany([objectRows.rowKey(id)]);
  return row === undefined ? { holder: undefined, generation: 0 } : objectRows.decode(row, id);
}

function inOrder(entries: readonly StateEntry[]): readonly StateEntry[] {
  return [...entries].sort((a, b) => Buffer.compare(a.key, b.key));
}

function nameOf({ service, key }: Instance): string {
  return `${service}/${key}`;
}
