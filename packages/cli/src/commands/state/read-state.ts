/** The whole state of an object, and the version that a change of it names. */
import type { AdminClient, StateValue } from "@rejoin/client";
import { stateVersion } from "@rejoin/protocol";
import { orBySql, stateBySql } from "../../by-sql/server-without-lists.ts";
import { CliError } from "../../cli-error.ts";

export interface ObjectName {
  readonly service: string;
  readonly key: string;
  readonly scope: string | undefined;
}

export interface StateEntryBytes {
  readonly key: string;
  readonly value: Uint8Array;
}

/** In the order of their names' bytes. */
export type State = readonly StateEntryBytes[];

const PAGE = 1000;
/** What the server gives of one value at most. */
const VALUE_BYTES_MAX = 32 * 1024 * 1024;

export async function readState(admin: AdminClient, object: ObjectName): Promise<State> {
  const { service, key } = object;
  return orBySql(
    () => readPages(admin, object),
    async () => sorted(await stateBySql(admin, service, key)),
  );
}

async function readPages(admin: AdminClient, object: ObjectName): Promise<State> {
  const scope = object.scope === undefined ? {} : { scope: object.scope };
  const entries: StateEntryBytes[] = [];
  let after: string | undefined;
  do {
    const page = await admin.getState(object.service, object.key, {
      ...scope,
      limit: PAGE,
      ...(after === undefined ? {} : { after }),
    });
    for (const entry of page.entries) {
      const whole = entry.truncated === true ? await readValue(admin, object, entry) : entry;
      entries.push({ key: entry.key, value: Buffer.from(whole.value, "base64") });
    }
    after = page.next;
  } while (after !== undefined);
  return sorted(entries);
}

async function readValue(
  admin: AdminClient,
  { service, key, scope }: ObjectName,
  { key: state_key, length }: StateValue,
): Promise<StateValue> {
  const page = await admin.getState(service, key, {
    ...(scope === undefined ? {} : { scope }),
    state_key,
    value_bytes: VALUE_BYTES_MAX,
  });
  const [entry] = page.entries;
  if (entry === undefined) {
    throw new CliError(`the state of ${service}/${key} has changed while it was read`, {
      hint: "try again",
    });
  }
  if (entry.truncated !== true) return entry;
  throw new CliError(
    `value ${state_key} of ${service}/${key} has ${length} bytes, and the server gives no more than ${VALUE_BYTES_MAX}`,
  );
}

export function sorted(entries: readonly StateEntryBytes[]): State {
  return [...entries].sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
}

/** As the server computes it. */
export function versionOf(state: State): string {
  return stateVersion(state.map(({ key, value }) => ({ key: Buffer.from(key), value })));
}
