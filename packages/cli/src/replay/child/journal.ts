/** The journal of a recording, decoded: what an attempt is sent, and what its commands came to. */
import {
  type Command,
  decodeBody,
  invocationKeyToBytes,
  isCommandKind,
  isNotificationKind,
  type Notification,
  type ProtocolVersion,
  parseInvocationId,
  type ServerMessage,
  type StartMessage,
} from "@rejoin/protocol";
import { CliError } from "../../cli-error.ts";
import type { Recording } from "../recording.ts";
import { describeOutcome } from "./shown-values.ts";

export interface RecordedCommand {
  readonly command: Command;
  /** Its place in the journal. */
  readonly entryIndex: number;
}

export class RecordedJournal {
  readonly version: ProtocolVersion;
  /** Start and the known entries. */
  readonly messages: readonly ServerMessage[];
  readonly #commands: readonly RecordedCommand[];
  readonly #outcomes: ReadonlyMap<number, string>;

  /** Of the entries up to index `until`. Throws a `CliError` for what cannot be decoded. */
  constructor(recording: Recording, until: number | undefined) {
    const { start, journal } = recording;
    this.version = start.protocol_version as ProtocolVersion;
    const entries = journal.slice(0, until === undefined ? undefined : until + 1);
    const messages = entries.map((entry) => decodeEntry(entry, this.version));
    this.messages = [toStart(recording, entries.length), ...messages];
    this.#commands = messages.flatMap((message, entryIndex) =>
      isCommandKind(message.kind) ? [{ command: message as Command, entryIndex }] : [],
    );
    this.#outcomes = new Map(
      messages.flatMap((message) => {
        if (!isNotificationKind(message.kind)) return [];
        const { completionId, result } = message as Exclude<Notification, { kind: "signal" }>;
        return completionId === undefined ? [] : [[completionId, describeOutcome(result)] as const];
      }),
    );
  }

  get length(): number {
    return this.messages.length - 1;
  }

  /** By its number among the commands; the input is 0. */
  commandAt(commandIndex: number): RecordedCommand | undefined {
    return this.#commands[commandIndex];
  }

  /** What a command came to, if it is one that comes to something. */
  outcomeOf(command: Command): string | undefined {
    if (!("resultCompletionId" in command)) return undefined;
    return this.#outcomes.get(command.resultCompletionId) ?? "waiting";
  }
}

function decodeEntry(
  { index, entry_type, type, body }: Recording["journal"][number],
  version: ProtocolVersion,
): ServerMessage {
  try {
    const bytes = new Uint8Array(Buffer.from(body, "base64"));
    return decodeBody(type, 0, bytes, version) as ServerMessage;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const text = `journal entry ${index} (${entry_type}) of the recording cannot be read: ${reason}`;
    throw new CliError(text, { cause });
  }
}

function toStart({ invocation, start }: Recording, knownEntries: number): StartMessage {
  const { state, scope, limit_key: limitKey, idempotency_key: idempotencyKey } = start;
  const seed = start.random_seed;
  return {
    kind: "start",
    id: toIdBytes(invocation.id),
    debugId: invocation.id,
    knownEntries,
    stateMap: state.entries.map(({ key, value }) => ({ key: toBytes(key), value: toBytes(value) })),
    partialState: state.partial,
    key: start.key,
    retryCountSinceLastStoredEntry: 0,
    durationSinceLastStoredEntryMs: 0,
    randomSeed: {
      high: Number.parseInt(seed.slice(0, 8), 16),
      low: Number.parseInt(seed.slice(8), 16),
    },
    ...(scope === undefined ? {} : { scope }),
    ...(limitKey === undefined ? {} : { limitKey }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  };
}

function toIdBytes(id: string): Uint8Array {
  try {
    return invocationKeyToBytes(parseInvocationId(id));
  } catch (cause) {
    throw new CliError(`the recording's invocation id ${JSON.stringify(id)} is none`, { cause });
  }
}

function toBytes(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, "base64"));
}
