/** What the entries of a journal carry: inputs, outputs and results. */
import { type AdminClient, ClientError, type InvocationDetails } from "@rejoin/client";

export interface Payload {
  /** As people read it; binary values in base64. */
  readonly text: string;
  /** What it says, if it is JSON. */
  readonly json: unknown;
}

/** By the index of the entry. */
export type Payloads = ReadonlyMap<number, Payload>;

/** Each is a request of its own. */
const PAYLOADS_MAX = 500;
const IN_FLIGHT_MAX = 8;

export async function fetchPayloads(
  admin: AdminClient,
  { id, journal }: InvocationDetails,
): Promise<Payloads> {
  const indexes = journal
    .filter(({ value_length, result }) => (value_length ?? result?.length ?? 0) > 0)
    .map(({ index }) => index)
    .slice(0, PAYLOADS_MAX);
  const payloads = new Map<number, Payload>();
  const fetchNext = async (): Promise<void> => {
    for (let index = indexes.shift(); index !== undefined; index = indexes.shift()) {
      const payload = await fetchPayload(admin, id, index);
      if (payload !== undefined) payloads.set(index, payload);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT_MAX }, fetchNext));
  return payloads;
}

/** `undefined` if the entry has none. */
async function fetchPayload(
  admin: AdminClient,
  id: string,
  index: number,
): Promise<Payload | undefined> {
  try {
    const { bytes } = await admin.getJournalValue(id, index);
    return toPayload(bytes);
  } catch (error) {
    if (error instanceof ClientError && error.status === 404) return undefined;
    throw error;
  }
}

export function toPayload(bytes: Uint8Array): Payload {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return { text: Buffer.from(bytes).toString("base64"), json: undefined };
  }
  try {
    return { text, json: JSON.parse(text) };
  } catch {
    return { text, json: undefined };
  }
}
