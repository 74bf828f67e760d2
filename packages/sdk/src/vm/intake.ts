/**
 * What comes in: the Start message, the known entries, then live entries until the end. A table of
 * what each phase accepts; anything else is a protocol violation.
 */
import type { InputCommand, ServerMessage, StartMessage } from "@rejoin/protocol";
import { ErrorCode } from "../errors.ts";
import type { AttemptFailure } from "./attempt-failure.ts";
import { isCommand } from "./command-info.ts";
import { type Entry, Journal } from "./journal.ts";

/**
 * `start`: the Start message is due. `entries`: known entries are due. `live`: user code may run,
 * and notifications may come. `closed`: nothing is read any more.
 */
export type IntakePhase = "start" | "entries" | "live" | "closed";

export class Intake {
  phase: IntakePhase = "start";
  /** No more messages will come. */
  inputClosed = false;
  #start: StartMessage | undefined = undefined;
  #input: InputCommand | undefined = undefined;
  #journal: Journal | undefined = undefined;
  #entriesDue = 0;

  /** Throws unless the Start message has come. */
  get start(): StartMessage {
    if (this.#start === undefined) throw new Error("the start message has not been received");
    return this.#start;
  }

  /** Throws unless the input has come. */
  get input(): InputCommand {
    if (this.#input === undefined) throw new Error("the input has not been received");
    return this.#input;
  }

  /** Everything after the input; none for most attempts of leaf handlers. */
  get journal(): Journal | undefined {
    return this.#journal;
  }

  /** Takes the next message; gives what is wrong with it, if anything. */
  receive(message: ServerMessage): AttemptFailure | undefined {
    switch (this.phase) {
      case "start":
        return this.#receiveStart(message);
      case "entries":
        return this.#receiveKnownEntry(message);
      case "live":
        return this.#receiveLive(message);
      case "closed":
        return undefined;
    }
  }

  /** The server half-closes: gives what is wrong with that, if anything. */
  close(): AttemptFailure | undefined {
    this.inputClosed = true;
    if (this.phase === "live" || this.phase === "closed") return undefined;
    return violation("the input was closed before all known entries were received");
  }

  #receiveStart(message: ServerMessage): AttemptFailure | undefined {
    if (message.kind !== "start") return violation(`expected the start, got ${message.kind}`);
    if (message.knownEntries === 0) return violation("the start announces no known entries");
    this.#start = message;
    this.#entriesDue = message.knownEntries;
    this.phase = "entries";
    return undefined;
  }

  #receiveKnownEntry(message: ServerMessage): AttemptFailure | undefined {
    if (this.#input === undefined) {
      if (message.kind !== "input") return violation(`expected the input, got ${message.kind}`);
      this.#input = message;
    } else if (isEntry(message)) {
      this.#append(message);
    } else {
      return violation(`expected a known entry, got ${message.kind}`);
    }
    if (--this.#entriesDue === 0) this.phase = "live";
    return undefined;
  }

  #receiveLive(message: ServerMessage): AttemptFailure | undefined {
    if (message.kind === "commandAck") return undefined;
    if (!isEntry(message) || isCommand(message)) {
      return violation(`unexpected ${message.kind} after the known entries`);
    }
    this.#append(message);
    return undefined;
  }

  #append(entry: Entry): void {
    this.#journal ??= new Journal();
    this.#journal.append(entry);
  }
}

function isEntry(message: ServerMessage): message is Entry {
  return message.kind !== "start" && message.kind !== "commandAck";
}

function violation(message: string): AttemptFailure {
  return { code: ErrorCode.protocolViolation, message };
}
