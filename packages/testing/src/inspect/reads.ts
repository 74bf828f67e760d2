/** What is read straight from the store of an environment. */
import {
  type Invocation,
  invocationOfRowKey,
  invocationRows,
  type Reads,
  Tag,
  tagRange,
  timerOfRow,
} from "@rejoin/engine";

const PAGE_ROWS = 256;
/** Nearly always it is the first one. */
const TIMERS_PAGE = 4;

/** All invocations, in the order in which they were born. */
export async function readInvocations(reads: Reads): Promise<readonly Invocation[]> {
  const found: Invocation[] = [];
  let range = tagRange(Tag.invocation);
  for (;;) {
    const rows = await reads.scan(range, { limit: PAGE_ROWS });
    for (const { key, value } of rows) {
      found.push(invocationRows.decode(value, invocationOfRowKey(key)));
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE_ROWS) break;
    range = tagRange(Tag.invocation, last.key);
  }
  return found.sort((a, b) => a.bornIn - b.bornIn || a.createdAt - b.createdAt);
}

/** When the first timer is due whose invocation has not completed. */
export async function nextTimerAt(reads: Reads): Promise<number | undefined> {
  let range = tagRange(Tag.timer);
  for (;;) {
    const rows = await reads.scan(range, { limit: TIMERS_PAGE });
    const timers = rows.map(timerOfRow);
    const headers = await reads.getMany(
      timers.map(({ invocation }) => invocationRows.rowKey(invocation)),
    );
    for (const [i, { timeMs, invocation }] of timers.entries()) {
      const bytes = headers[i];
      if (bytes === undefined) continue;
      if (invocationRows.decode(bytes, invocation).status !== "completed") return timeMs;
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < TIMERS_PAGE) return undefined;
    range = tagRange(Tag.timer, last.key);
  }
}
