/** A handler as an endpoint runs it: everything that can be decided once has been. */
import type { ProtocolVersion } from "@rejoin/protocol";
import type { AsTerminalError } from "../errors.ts";
import { json } from "../serde/namespace.ts";
import type { Serde } from "../serde/serde.ts";
import type { MismatchBehavior, MismatchPolicy } from "../vm/mismatch.ts";
import type { AnyHandler, HandlerDescriptor } from "./handler.ts";
import type { ServiceOptions } from "./options.ts";
import type { Definition } from "./service.ts";

export interface BoundHandler {
  readonly service: string;
  readonly name: string;
  readonly fn: AnyHandler;
  readonly instance: object;
  readonly input: Serde<unknown>;
  readonly output: Serde<unknown>;
  readonly defaultSerde: Serde<unknown>;
  readonly asTerminalError: AsTerminalError | undefined;
  /** What a journal mismatch does, by protocol version. */
  readonly mismatchPolicies: Readonly<Record<ProtocolVersion, MismatchPolicy>>;
}

/** Resolves options: the handler's come before the service's, and those before the endpoint's. */
export function bindHandlers(
  definition: Definition,
  defaults: ServiceOptions | undefined,
): ReadonlyMap<string, BoundHandler> {
  const options: ServiceOptions = { ...defaults, ...definition.options };
  const bound = new Map<string, BoundHandler>();
  for (const [name, descriptor] of definition.handlers) {
    if (name.includes("/")) throw new Error(`handler name must not contain "/": ${name}`);
    bound.set(name, bindHandler(definition, name, descriptor, options));
  }
  return bound;
}

function bindHandler(
  definition: Definition,
  name: string,
  { fn, options }: HandlerDescriptor,
  service: ServiceOptions,
): BoundHandler {
  const defaultSerde = options?.serde ?? service.serde ?? json;
  return {
    service: definition.name,
    name,
    fn,
    instance: definition.instance,
    input: options?.input ?? defaultSerde,
    output: options?.output ?? defaultSerde,
    defaultSerde,
    asTerminalError: options?.asTerminalError ?? service.asTerminalError,
    mismatchPolicies: toPolicies(
      options?.onJournalMismatchErrors ?? service.onJournalMismatchErrors ?? "retry",
    ),
  };
}

function toPolicies(onJournalMismatch: MismatchBehavior) {
  return {
    5: { version: 5, onJournalMismatch },
    6: { version: 6, onJournalMismatch },
    7: { version: 7, onJournalMismatch },
  } as const;
}
