/**
 * A recording: a file with all that is known of one invocation, enough to run its handler again.
 *
 * | member        | content |
 * |---------------|---------|
 * | `format`      | {@link RECORDING_FORMAT} |
 * | `version`     | {@link RECORDING_VERSION}; raised when a reader of the former one could go wrong |
 * | `exported_at` | when it was written |
 * | `server`      | `version` of the server that it comes from |
 * | `invocation`  | as the admin API describes it, without its journal |
 * | `start`       | what an attempt begins with: protocol version, key, random seed, state |
 * | `journal`     | every entry: index, type, and the message in base64 |
 * | `events`      | failed attempts and pauses, as far as they are kept |
 */
import type {
  InvocationDetails,
  InvocationEventResource,
  RecordedEntry,
  RecordedStart,
} from "@rejoin/client";
import { CliError } from "../cli-error.ts";

export const RECORDING_FORMAT = "rejoin.recording";
export const RECORDING_VERSION = 1;

export interface Recording {
  readonly format: typeof RECORDING_FORMAT;
  readonly version: typeof RECORDING_VERSION;
  readonly exported_at: string;
  readonly server: { readonly version: string };
  readonly invocation: Omit<InvocationDetails, "journal" | "journal_next" | "events">;
  readonly start: RecordedStart;
  readonly journal: readonly RecordedEntry[];
  readonly events: readonly InvocationEventResource[];
}

const SEED = /^[0-9a-f]{16}$/i;

/** The recording in a text; throws a {@link CliError} that says what is wrong with `file`. */
export function parseRecording(text: string, file: string): Recording {
  const fail = (what: string) =>
    new CliError(`${file} is no recording of an invocation: ${what}`, {
      hint: "`rejoin invocations export <id> -o <file>` writes one",
    });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw fail(`it is not JSON (${(error as Error).message})`);
  }
  if (!isRecord(value) || value.format !== RECORDING_FORMAT) {
    throw fail(`it has no format ${RECORDING_FORMAT}`);
  }
  if (value.version !== RECORDING_VERSION) {
    const text = `${file} has version ${String(value.version)} of the format, and this program reads`;
    throw new CliError(`${text} version ${RECORDING_VERSION}`, {
      hint: "use the version of rejoin that wrote it, or export the invocation again",
    });
  }
  const problem = findProblem(value);
  if (problem !== undefined) throw fail(problem);
  return value as unknown as Recording;
}

function findProblem({ invocation, start, journal }: Record<string, unknown>): string | undefined {
  if (!isRecord(invocation)) return "it has no invocation";
  for (const name of ["id", "target_service_name", "target_handler_name", "status"]) {
    if (typeof invocation[name] !== "string") return `its invocation has no ${name}`;
  }
  if (!isRecord(start)) return "it has no start";
  if (![5, 6, 7].includes(Number(start.protocol_version))) {
    return `its protocol version is ${String(start.protocol_version)}, not 5, 6 or 7`;
  }
  if (typeof start.random_seed !== "string" || !SEED.test(start.random_seed)) {
    return "its random seed has not 16 hexadecimal digits";
  }
  if (!isRecord(start.state) || !Array.isArray(start.state.entries)) return "it has no state";
  if (!Array.isArray(journal)) return "it has no journal";
  return journal.map(findEntryProblem).find((found) => found !== undefined);
}

function findEntryProblem(entry: unknown, i: number): string | undefined {
  if (!isRecord(entry)) return `journal entry ${i} is no object`;
  if (entry.index !== i) return `journal entry ${i} has the index ${String(entry.index)}`;
  if (typeof entry.type !== "number") return `journal entry ${i} has no type`;
  return typeof entry.body === "string" ? undefined : `journal entry ${i} has no body`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
