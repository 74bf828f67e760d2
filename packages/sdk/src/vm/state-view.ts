/**
 * What an attempt knows of the state of its key: what the server has sent along, and what user code
 * has written since. Reads of what it knows need no answer of the server.
 *
 * In a replay the values may be newer than the handler's position in the journal; reads that are
 * recorded take what is recorded (`answer`), and writes that are replayed lead to the state
 * that the server has.
 */
import {
  type Command,
  encodeText,
  type StartMessage,
  type StateKeysResult,
  type ValueResult,
  type VoidResult,
} from "@rejoin/protocol";

const VOID: VoidResult = { kind: "void" };
// A name that is not UTF-8 cannot be asked for: it must not end every attempt.
const decoder = new TextDecoder();

export class StateView {
  /** `undefined` for a state that is known to have no value. */
  readonly #values = new Map<string, Uint8Array | undefined>();
  /** Whether a state that is not among the values has none. */
  #complete: boolean;

  constructor({ stateMap, partialState }: StartMessage) {
    this.#complete = !partialState;
    for (const { key, value } of stateMap) this.#values.set(decoder.decode(key), value);
  }

  /**
   * What a read of user code gives: as `recorded`, if the next command is, else as known. `undefined`
   * if the server has to be asked.
   */
  answer(name: string, recorded: Command | undefined): ValueResult | VoidResult | undefined {
    if (recorded?.kind === "getLazyState") return undefined;
    return recorded?.kind === "getEagerState" ? recorded.result : this.read(name);
  }

  /** The same for the names of all states. */
  answerNames(recorded: Command | undefined): StateKeysResult | undefined {
    if (recorded?.kind === "getLazyStateKeys") return undefined;
    if (recorded?.kind === "getEagerStateKeys") return { kind: "stateKeys", keys: recorded.keys };
    const names = this.names();
    return names === undefined ? undefined : { kind: "stateKeys", keys: names.map(encodeText) };
  }

  /** `undefined` if only the server knows. */
  read(name: string): ValueResult | VoidResult | undefined {
    const value = this.#values.get(name);
    if (value !== undefined) return { kind: "value", value };
    return this.#complete || this.#values.has(name) ? VOID : undefined;
  }

  /** The names of states that have a value, in order; `undefined` if only the server knows all. */
  names(): readonly string[] | undefined {
    if (!this.#complete) return undefined;
    const names = [...this.#values].filter(([, value]) => value !== undefined);
    return names.map(([name]) => name).sort();
  }

  set(name: string, value: Uint8Array): void {
    this.#values.set(name, value);
  }

  clear(name: string): void {
    if (this.#complete) this.#values.delete(name);
    else this.#values.set(name, undefined);
  }

  clearAll(): void {
    this.#values.clear();
    this.#complete = true;
  }
}
