/** Promises of single journal entries. */
import { decodeText, type Failure, type Serde } from "@rejoin/protocol";
import { TerminalError } from "../errors.ts";
import { deserializeOwn } from "../serde/own-bytes.ts";
import type { LeafNode } from "../vm/await-node.ts";
import type { Driver, PendingCall } from "./driver.ts";
import { BasePromise, UndecodableResult } from "./promises.ts";
import type { InvocationId, InvocationPromise } from "./restate-promise.ts";

/** The completion of one command, or one signal. */
export class LeafPromise<T> extends BasePromise<T> {
  readonly node: LeafNode;
  readonly driver: Driver;
  readonly #serde: Serde<T> | undefined;
  #taken = false;
  #value: T | undefined = undefined;
  #reason: TerminalError | undefined = undefined;

  constructor(node: LeafNode, driver: Driver, serde: Serde<T> | undefined) {
    super();
    this.node = node;
    this.driver = driver;
    this.#serde = serde;
  }

  get [Symbol.toStringTag](): string {
    return "RestatePromise";
  }

  /** Whether the outcome has been looked at. */
  get taken(): boolean {
    return this.#taken;
  }

  take(): T {
    if (!this.#taken) {
      this.#decode();
      this.#taken = true;
    }
    if (this.#reason !== undefined) throw this.#reason;
    return this.#value as T;
  }

  #decode(): void {
    const { result } = this.node;
    switch (result?.kind) {
      case "value":
        this.#value = this.#deserialize(result.value);
        // The bytes are not needed again: a long attempt must not keep all of them.
        this.node.result = undefined;
        return;
      case "failure":
        this.#reason = toTerminalError(result.failure);
        return;
      case "invocationId":
        this.#value = result.invocationId as T;
        return;
      case "stateKeys":
        this.#value = result.keys.map(decodeText) as T;
        return;
      case "void":
        this.#value = this.absent;
        return;
      default:
        throw new UndecodableResult(this.node.command, {
          cause: new Error("the server has sent no result"),
        });
    }
  }

  /** What no value at all stands for. */
  protected get absent(): T | undefined {
    return undefined;
  }

  #deserialize(bytes: Uint8Array): T | undefined {
    if (this.#serde === undefined) return undefined;
    try {
      return deserializeOwn(this.#serde, bytes);
    } catch (error) {
      throw new UndecodableResult(this.node.command, { cause: error });
    }
  }

  /** Another completion of the same command. */
  protected sibling<U>(completionId: number): LeafPromise<U> {
    const node = this.driver.leaf(completionId);
    node.command = this.node.command;
    return new LeafPromise<U>(node, this.driver, undefined);
  }
}

/** The value of a state: `null` if there is none. */
export class StatePromise<T> extends LeafPromise<T | null> {
  constructor(node: LeafNode, driver: Driver, serde: Serde<T>) {
    super(node, driver, serde as Serde<T | null>);
  }

  protected override get absent(): null {
    return null;
  }
}

/** The result of a call. */
export class CallPromise<T> extends LeafPromise<T> implements InvocationPromise<T> {
  #invocationId: Promise<InvocationId> | undefined = undefined;

  /** A call declares the completion of its invocation id just before that of its result. */
  get invocationId(): Promise<InvocationId> {
    this.#invocationId ??= this.sibling<InvocationId>(this.node.id - 1);
    return this.#invocationId;
  }

  override interrupt(calls: PendingCall[]): void {
    const { driver, node } = this;
    if (!node.settled) calls.push({ node, invocationIdNode: () => driver.leaf(node.id - 1) });
  }
}

export function toTerminalError(failure: Failure): TerminalError {
  const metadata: Record<string, string> = {};
  for (const { key, value } of failure.metadata ?? []) metadata[key] = value;
  return new TerminalError(failure.message, { errorCode: failure.code, metadata });
}
