/** What a definition holds at run time, whatever its types say. */
import { createDescriptor, type HandlerDescriptor } from "./descriptor.ts";
import { type HandlerKind, toWrappedHandler, type WrappedHandler } from "./handler.ts";
import type { AnyServiceOptions } from "./options.ts";
import type { ServiceKind } from "./types.ts";

export interface Definition {
  readonly kind: ServiceKind;
  readonly name: string;
  /** The object whose functions the handlers are: their `this`. */
  readonly instance: object;
  readonly handlers: ReadonlyMap<string, WrappedHandler>;
  readonly description: string | undefined;
  readonly metadata: Record<string, string> | undefined;
  readonly options: AnyServiceOptions | undefined;
}

/** What users say of a service, an object or a workflow. */
export interface Given {
  readonly name: string;
  readonly handlers: object;
  readonly description?: string | undefined;
  readonly metadata?: Record<string, string> | undefined;
  readonly options?: AnyServiceOptions | undefined;
}

const DEFINITION = Symbol.for("@rejoin/sdk/definition");

/** Which wrappers a kind of service may hold. A workflow's `run` is looked after by its own file. */
const KINDS: Readonly<Record<ServiceKind, readonly HandlerKind[]>> = {
  service: ["service"],
  object: ["exclusive", "shared"],
  workflow: ["shared", "workflow"],
};

/**
 * Makes a definition out of bare and wrapped handlers. `defaultKind` says what a bare handler is.
 * Throws a `TypeError` for what is no handler, or one of another kind of service.
 */
export function createDefinition(
  kind: ServiceKind,
  given: Given,
  defaultKind: (handlerName: string) => HandlerKind,
): object {
  const handlers = new Map<string, WrappedHandler>();
  for (const [name, value] of Object.entries(given.handlers)) {
    const handler = toWrappedHandler(name, value, defaultKind(name));
    assertFits(kind, given.name, name, handler);
    handlers.set(name, handler);
  }
  const { name, description, metadata, options } = given;
  const definition: Definition = {
    kind,
    name,
    instance: given.handlers,
    handlers,
    description,
    metadata,
    options,
  };
  const result = {
    name,
    [kind]: given.handlers,
    description,
    metadata,
    options,
    _kind: kind,
    _handlers: createDescriptors(handlers, options),
  };
  Object.defineProperty(result, DEFINITION, { value: definition });
  return result;
}

/** What was defined, unless `value` is a mere stub of a definition. */
export function definitionOf(value: unknown): Definition | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  return (value as { [DEFINITION]?: Definition })[DEFINITION];
}

function assertFits(
  kind: ServiceKind,
  service: string,
  name: string,
  handler: WrappedHandler,
): void {
  const allowed = KINDS[kind];
  if (allowed.includes(handler.kind)) return;
  throw new TypeError(
    `the handler ${name} of the ${kind} ${service} is wrapped as ${handler.kind}, but must be ` +
      `${allowed.join(" or ")}; use the functions of handlers${kind === "service" ? "" : `.${kind}`}`,
  );
}

/** What a client needs of the handlers: the serdes that they declare. */
function createDescriptors(
  handlers: ReadonlyMap<string, WrappedHandler>,
  service: AnyServiceOptions | undefined,
): Readonly<Record<string, HandlerDescriptor>> {
  const descriptors: Record<string, HandlerDescriptor> = {};
  for (const [name, { kind, options }] of handlers) {
    const defaultSerde = options?.serde ?? service?.serde;
    descriptors[name] = createDescriptor({
      input: options?.input ?? defaultSerde,
      output: options?.output ?? defaultSerde,
      shared: kind === "shared",
    });
  }
  return descriptors;
}
