/** The contexts of virtual objects and workflows: state, and the promises of workflows. */

import type { Serde } from "@rejoin/protocol";
import type {
  RestateObjectContext,
  RestateObjectSharedContext,
  RestateWorkflowContext,
  RestateWorkflowSharedContext,
} from "../definitions/types.ts";
import type { DurablePromise } from "../promise/durable-promise.ts";
import type { RestatePromise } from "../promise/restate-promise.ts";
import type { Context } from "./context.ts";

/** The names of states, each with the type of its value. */
// biome-ignore lint/suspicious/noExplicitAny: values of any type
export type TypedState = Record<string, any>;
/** No types were given: any name, any value. */
export type UntypedState = { _: never };

type Name<S extends TypedState, K extends keyof S> = S extends UntypedState ? string : K;
type Value<S extends TypedState, K extends keyof S, V> = S extends UntypedState ? V : S[K];

/** What may be read of a state. */
export interface ReadableState<TState extends TypedState> {
  /** The value, or `null` if there is none. */
  get<TValue, TKey extends keyof TState = string>(
    name: Name<TState, TKey>,
    serde?: Serde<Value<TState, TKey, TValue>>,
  ): RestatePromise<Value<TState, TKey, TValue> | null>;
  /** The names of all states that have a value. */
  stateKeys(): RestatePromise<string[]>;
}

/** The state of one key of a virtual object or workflow. */
export interface KeyValueStore<TState extends TypedState> extends ReadableState<TState> {
  /** Replaces the value. */
  set<TValue, TKey extends keyof TState = string>(
    name: Name<TState, TKey>,
    value: Value<TState, TKey, TValue>,
    serde?: Serde<Value<TState, TKey, TValue>>,
  ): void;
  clear<TKey extends keyof TState>(name: Name<TState, TKey>): void;
  clearAll(): void;
}

/** The context of an exclusive handler of a virtual object. */
export interface ObjectContext<TState extends TypedState = UntypedState>
  extends Context,
    KeyValueStore<TState>,
    RestateObjectContext {
  readonly key: string;
}

/** The context of a shared handler of a virtual object: it reads, and does not write. */
export interface ObjectSharedContext<TState extends TypedState = UntypedState>
  extends Context,
    ReadableState<TState>,
    RestateObjectSharedContext {
  readonly key: string;
}

/** The context of every handler of a workflow but `run`. */
export interface WorkflowSharedContext<TState extends TypedState = UntypedState>
  extends ObjectSharedContext<TState>,
    RestateWorkflowSharedContext {
  /** A promise that the handlers of this workflow share. */
  promise<T>(name: string, serde?: Serde<T>): DurablePromise<T>;
}

/** The context of a workflow's `run`. */
export interface WorkflowContext<TState extends TypedState = UntypedState>
  extends WorkflowSharedContext<TState>,
    ObjectContext<TState>,
    RestateWorkflowContext {}
