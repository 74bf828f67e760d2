/** Binds definitions to an endpoint. */
import { type BoundHandler, bindHandlers } from "../definitions/bound-handler.ts";
import { type Definition, definitionOf } from "../definitions/definition.ts";
import type { EndpointOptions } from "./options.ts";

/** The definitions behind what users bind; throws a `TypeError` for anything else. */
export function toDefinitions(options: EndpointOptions): readonly Definition[] {
  return options.services.map((bound) => {
    const definition = definitionOf(bound);
    if (definition === undefined) {
      throw new TypeError(
        `cannot bind ${describe(bound)}: it was not made by service(), object() or workflow()`,
      );
    }
    if (definition.name.includes("/")) {
      throw new Error(`service name must not contain "/": ${definition.name}`);
    }
    return definition;
  });
}

/** All handlers of an endpoint, by service and name. */
export function bindServices(
  options: EndpointOptions,
): ReadonlyMap<string, ReadonlyMap<string, BoundHandler>> {
  return new Map(
    toDefinitions(options).map((definition) => [
      definition.name,
      bindHandlers(definition, options.defaultServiceOptions),
    ]),
  );
}

function describe(value: unknown): string {
  if (typeof value === "object" && value !== null && "name" in value) return String(value.name);
  return typeof value;
}
