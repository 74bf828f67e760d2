/**
 * The entries of the journal that this attempt has received, and how far it has come.
 *
 * Two cursors move over one list. Invariants:
 * - `command`: every command entry before it has been issued again by user code. It steps over
 *   notifications that were not delivered yet: user code may issue several commands in one go,
 *   while the server had written notifications between them.
 * - `delivery`: every notification before it has been delivered, in order. It never passes a
 *   command that user code has not issued: whatever follows that command in the journal was
 *   received after user code had issued it, so delivering it earlier would be another history.
 * - An entry is released as soon as both cursors have passed it; when everything has been passed
 *   the list starts again, so a long attempt holds what is unread and nothing more.
 */
import type { Command, Notification, ProposeRunCompletionAckMessage } from "@rejoin/protocol";
import { isCommand } from "./command-info.ts";

/** What is delivered to waiters: notifications, and acknowledged run results. */
export type Delivery = Notification | ProposeRunCompletionAckMessage;
export type Entry = Command | Delivery;

/** The next delivery has to wait for user code to issue a command. */
export const BLOCKED = Symbol("blocked by a command");

export class Journal {
  #entries: (Entry | undefined)[] = [];
  #deliveredCount = 0;
  #commandCursor = 0;
  #deliveryCursor = 0;
  #commandsLeft = 0;

  /** Recorded commands that user code has not issued again. */
  get commandsLeft(): number {
    return this.#commandsLeft;
  }

  /**
   * How much has been delivered: what is awaited is settled in this order. Commands do not count,
   * as an attempt has only those of earlier ones.
   */
  get position(): number {
    return this.#deliveredCount;
  }

  append(entry: Entry): void {
    if (isCommand(entry)) this.#commandsLeft++;
    this.#entries.push(entry);
  }

  /** The recorded command that the next issued one must equal, if any is left. */
  takeCommand(): Command | undefined {
    if (this.#commandsLeft === 0) return undefined;
    for (;;) {
      const entry = this.#entries[this.#commandCursor++];
      if (entry === undefined || !isCommand(entry)) continue;
      this.#commandsLeft--;
      this.#entries[this.#commandCursor - 1] = undefined;
      return entry;
    }
  }

  /** The next delivery; `undefined` at the end of what has been received. */
  takeDelivery(): Delivery | typeof BLOCKED | undefined {
    for (;;) {
      if (this.#deliveryCursor === this.#entries.length) {
        this.#startAgain();
        return undefined;
      }
      const entry = this.#entries[this.#deliveryCursor];
      if (entry !== undefined && isCommand(entry)) return BLOCKED;
      this.#entries[this.#deliveryCursor++] = undefined;
      if (entry === undefined) continue;
      this.#deliveredCount++;
      return entry;
    }
  }

  /** The next recorded command, left where it is. Amortised O(1). */
  peekCommand(): Command | undefined {
    if (this.#commandsLeft === 0) return undefined;
    for (;;) {
      const entry = this.#entries[this.#commandCursor];
      if (entry !== undefined && isCommand(entry)) return entry;
      this.#commandCursor++;
    }
  }

  #startAgain(): void {
    if (this.#commandsLeft > 0) return;
    this.#entries = [];
    this.#commandCursor = 0;
    this.#deliveryCursor = 0;
  }
}
