/** A handler as an endpoint runs it: everything that can be decided once has been. */
import type { ProtocolVersion, Serde } from "@rejoin/protocol";
import type { AsTerminalError } from "../errors.ts";
import type { HooksProvider } from "../hooks.ts";
import { json } from "../serde/namespace.ts";
import type { VmPolicy } from "../vm/vm.ts";
import type { Definition } from "./definition.ts";
import type { AnyHandler, HandlerKind, WrappedHandler } from "./handler.ts";
import type { ServiceOptions } from "./options.ts";

export interface BoundHandler {
  readonly service: string;
  readonly name: string;
  readonly kind: HandlerKind;
  readonly fn: AnyHandler;
  readonly instance: object;
  readonly input: Serde<unknown>;
  readonly output: Serde<unknown>;
  readonly defaultSerde: Serde<unknown>;
  readonly asTerminalError: AsTerminalError | undefined;
  /** The service's come first; `undefined` for none. */
  readonly hooks: readonly HooksProvider[] | undefined;
  readonly explicitCancellation: boolean;
  /** What its attempts go by, by protocol version. */
  readonly policies: Readonly<Record<ProtocolVersion, VmPolicy>>;
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
  { kind, fn, options }: WrappedHandler,
  service: ServiceOptions,
): BoundHandler {
  const defaultSerde = options?.serde ?? service.serde ?? json;
  const explicitCancellation =
    options?.explicitCancellation ?? service.explicitCancellation ?? false;
  const onJournalMismatch =
    options?.onJournalMismatchErrors ?? service.onJournalMismatchErrors ?? "retry";
  const hooks = [...(service.hooks ?? []), ...(options?.hooks ?? [])];
  return {
    service: definition.name,
    name,
    kind,
    fn,
    instance: definition.instance,
    input: options?.input ?? defaultSerde,
    output: options?.output ?? defaultSerde,
    defaultSerde,
    asTerminalError: options?.asTerminalError ?? service.asTerminalError,
    hooks: hooks.length === 0 ? undefined : hooks,
    explicitCancellation,
    policies: toPolicies({
      target: `${definition.name}/${name}`,
      onJournalMismatch,
      explicitCancellation,
    }),
  };
}

function toPolicies(policy: Omit<VmPolicy, "version">) {
  return {
    5: { version: 5, ...policy },
    6: { version: 6, ...policy },
    7: { version: 7, ...policy },
  } as const;
}
