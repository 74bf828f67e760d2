/** The context of handlers of virtual objects and workflows. */

import type { Serde } from "@rejoin/protocol";
import type { DurablePromise } from "../promise/durable-promise.ts";
import type { RestatePromise } from "../promise/restate-promise.ts";
import { ContextImpl } from "./context-impl.ts";
import { DurablePromiseImpl } from "./durable-promise.ts";
import type { WorkflowContext } from "./keyed-context.ts";
import {
  issueClearAllState,
  issueClearState,
  issueGetState,
  issueSetState,
  issueStateKeys,
} from "./state.ts";

/** Every member there is; the types of the contexts say who sees which. */
type Members = Readonly<Record<keyof WorkflowContext, unknown>>;

export class KeyedContextImpl extends ContextImpl implements Members {
  override get key(): string {
    return this.attempt.vm.startMessage.key;
  }

  get<T>(name: string, serde?: Serde<T>): RestatePromise<T | null> {
    return issueGetState<T>(this.attempt, name, this.serdeOr(serde));
  }

  stateKeys(): RestatePromise<string[]> {
    return issueStateKeys(this.attempt);
  }

  set<T>(name: string, value: T, serde?: Serde<T>): void {
    issueSetState<T>(this.attempt, name, value, this.serdeOr(serde));
  }

  clear(name: string): void {
    issueClearState(this.attempt, name);
  }

  clearAll(): void {
    issueClearAllState(this.attempt);
  }

  promise<T>(name: string, serde?: Serde<T>): DurablePromise<T> {
    return new DurablePromiseImpl<T>(this.attempt, name, this.serdeOr(serde));
  }
}
