/** Reads a recording from a server. */
import { type AdminClient, ClientError, type RecordedEntry } from "@rejoin/client";
import { CliError } from "../cli-error.ts";
import { RECORDING_FORMAT, RECORDING_VERSION, type Recording } from "./recording.ts";

/** All of the journal of invocation `id`; `nowMs` is since the Unix epoch. */
export async function fetchRecording(
  admin: AdminClient,
  id: string,
  nowMs: number,
): Promise<Recording> {
  const { version } = await admin.version();
  const details = await admin.getInvocation(id, { limit: 0 });
  const { journal: _journal, journal_next: _next, events = [], ...invocation } = details;
  const first = await firstPage(admin, invocation.id, version);
  const { start } = first;
  if (start === undefined) throw notOffered(version);
  const journal = [...first.entries];
  let { next } = first;
  while (next !== undefined) {
    const page = await admin.getJournal(invocation.id, { from: next });
    journal.push(...page.entries);
    next = page.next;
    assertFits(journal, id);
  }
  assertWhole(journal, first.journal_size, invocation);
  return {
    format: RECORDING_FORMAT,
    version: RECORDING_VERSION,
    exported_at: new Date(nowMs).toISOString(),
    server: { version },
    invocation,
    start,
    journal,
    events,
  };
}

async function firstPage(admin: AdminClient, id: string, version: string) {
  try {
    return await admin.getJournal(id, { start: true });
  } catch (error) {
    // The invocation is there: it is the route that is not.
    const isMissing = error instanceof ClientError && error.status === 404;
    throw isMissing ? notOffered(version) : error;
  }
}

function notOffered(version: string): CliError {
  return new CliError(
    `the server, version ${version}, does not give journals with their payloads`,
    {
      hint: "journals are exported from servers of Rejoin 0.1 and newer",
    },
  );
}

interface Described {
  readonly id: string;
  readonly status: string;
}

/** What one JSON document can hold. */
const JOURNAL_CHARS_MAX = 384 * 1024 * 1024;

function assertFits(journal: readonly RecordedEntry[], id: string): void {
  const chars = journal.reduce((sum, { body }) => sum + body.length, 0);
  if (chars <= JOURNAL_CHARS_MAX) return;
  const mib = JOURNAL_CHARS_MAX / 1024 / 1024;
  throw new CliError(`the journal of ${id} takes more than ${mib} MiB, too much for one file`);
}

function assertWhole(
  journal: readonly RecordedEntry[],
  size: number,
  { id, status }: Described,
): void {
  if (journal.length === 0) {
    const why =
      status === "completed"
        ? "its journal was not kept, or has been purged; journalRetention keeps it"
        : `it is ${status} and has not begun`;
    throw new CliError(`invocation ${id} has no journal: ${why}`);
  }
  const isWhole = journal.length >= size && journal.every(({ index }, i) => index === i);
  if (isWhole) return;
  throw new CliError(
    `the journal of invocation ${id} has ${size} entries, and ${journal.length} of them came: ` +
      "it was deleted meanwhile",
  );
}
