/** Virtual objects: state per key, and one exclusive handler at a time. */
import type { ObjectContext, ObjectSharedContext } from "../context/keyed-context.ts";
import { createDefinition } from "./definition.ts";
import type { ObjectOptions } from "./options.ts";
import type { ObjectHandler, VirtualObjectDefinition } from "./types.ts";

export type ObjectOpts<U> = {
  // biome-ignore-start lint/suspicious/noExplicitAny: contexts of any state
  [K in keyof U]: U[K] extends ObjectHandler<U[K], ObjectContext<any>>
    ? U[K]
    : U[K] extends ObjectHandler<U[K], ObjectSharedContext<any>>
      ? U[K]
      : ObjectHandler<U[K], ObjectContext<any>> | ObjectHandler<U[K], ObjectSharedContext<any>>;
  // biome-ignore-end lint/suspicious/noExplicitAny: contexts of any state
};

/**
 * Defines a virtual object. A bare handler is exclusive: it runs alone on its key and may write
 * state; one wrapped by `handlers.object.shared` runs beside others and reads.
 */
export function object<P extends string, M>(object: {
  name: P;
  handlers: ObjectOpts<M> & ThisType<M>;
  description?: string;
  metadata?: Record<string, string>;
  options?: ObjectOptions;
}): VirtualObjectDefinition<P, M> {
  if (object.handlers === undefined) throw new Error("object options must be defined");
  return createDefinition("object", object, () => "exclusive") as VirtualObjectDefinition<P, M>;
}
