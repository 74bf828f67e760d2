/** The durable promises of a workflow. */
import type { Outcome, Serde } from "@rejoin/protocol";
import type { Attempt } from "../attempt/attempt.ts";
import { toRejection } from "../attempt/outcome.ts";
import { NeverPromise } from "../promise/constants.ts";
import type { DurablePromise } from "../promise/durable-promise.ts";
import { BasePromise } from "../promise/promises.ts";
import { serializeNamed } from "../serde/unserializable.ts";
import type { AwaitNode } from "../vm/await-node.ts";
import { issueCompletable } from "./completable.ts";
import { beginOperation, failOperation } from "./operation.ts";

/** Asks the server only when it is awaited or combined: it may be there to be completed. */
export class DurablePromiseImpl<T> extends BasePromise<T> implements DurablePromise<T> {
  readonly [Symbol.toStringTag] = "DurablePromise";
  readonly driver: Attempt;
  readonly #key: string;
  readonly #serde: Serde<T>;
  #awaited: BasePromise<T> | undefined = undefined;

  constructor(attempt: Attempt, key: string, serde: Serde<T>) {
    super();
    this.driver = attempt;
    this.#key = key;
    this.#serde = serde;
  }

  get node(): AwaitNode {
    this.#awaited ??= this.get();
    return this.#awaited.node;
  }

  take(): T {
    this.#awaited ??= this.get();
    return this.#awaited.take();
  }

  get(): BasePromise<T> {
    if (!beginOperation(this.driver, "ctx.promise(…).get")) return new NeverPromise<T>(this.driver);
    return issueCompletable<T>(
      this.driver,
      (resultCompletionId) => ({
        kind: "getPromise",
        name: "",
        key: this.#key,
        resultCompletionId,
      }),
      this.#serde,
    );
  }

  peek(): BasePromise<T | undefined> {
    if (!beginOperation(this.driver, "ctx.promise(…).peek")) return new NeverPromise(this.driver);
    return issueCompletable<T | undefined>(
      this.driver,
      (resultCompletionId) => ({
        kind: "peekPromise",
        name: "",
        key: this.#key,
        resultCompletionId,
      }),
      this.#serde as Serde<T | undefined>,
    );
  }

  resolve(value?: T): BasePromise<void> {
    if (!beginOperation(this.driver, "ctx.promise(…).resolve"))
      return new NeverPromise(this.driver);
    let bytes: Uint8Array;
    try {
      const what = `the value of the promise "${this.#key}"`;
      bytes = serializeNamed(this.#serde, value as T, what, this.driver.handler);
    } catch (error) {
      return failOperation<void>(this.driver, error, "completePromise");
    }
    return this.#complete({ kind: "value", value: bytes });
  }

  reject(message: string): BasePromise<void> {
    if (!beginOperation(this.driver, "ctx.promise(…).reject")) return new NeverPromise(this.driver);
    return this.#complete(toRejection(message, this.driver.version));
  }

  #complete(completion: Outcome): BasePromise<void> {
    return issueCompletable<void>(
      this.driver,
      (resultCompletionId) => ({
        kind: "completePromise",
        name: "",
        key: this.#key,
        completion,
        resultCompletionId,
      }),
      undefined,
    );
  }
}
