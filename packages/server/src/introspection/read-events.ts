/** What happened to an invocation beside its journal, the first first. */
import {
  decodeEvent,
  eventRange,
  type Invocation,
  type InvocationEvent,
  type Reads,
} from "@rejoin/engine";

/** Of one row each; the engine keeps a bounded number of them. */
const EVENTS_MAX = 256;

export async function readEvents(
  reads: Reads,
  { key, hasPayloadRows }: Invocation,
): Promise<readonly InvocationEvent[]> {
  if (!hasPayloadRows) return [];
  const rows = await reads.scan(eventRange(key), { limit: EVENTS_MAX });
  return rows.map((row) => decodeEvent(row.value)).sort(byTime);
}

function byTime(a: InvocationEvent, b: InvocationEvent): number {
  return a.at - b.at || a.start - b.start;
}
