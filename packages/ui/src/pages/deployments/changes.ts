/** What a registration would change, service by service: the diff before it is done. */
import type { HandlerResource, ServiceResource } from "@rejoin/client";

export interface ServiceDiff {
  readonly name: string;
  readonly kind: "added" | "changed" | "same";
  readonly before: ServiceResource | undefined;
  readonly after: ServiceResource;
  readonly handlers: readonly HandlerDiff[];
  /** Its type differs: calls in flight may not fit. */
  readonly isBreaking: boolean;
}

export interface HandlerDiff {
  readonly name: string;
  readonly kind: "added" | "removed" | "changed" | "same";
  /** What differs, in words. */
  readonly what: readonly string[];
}

export function diffServices(
  before: readonly ServiceResource[],
  after: readonly ServiceResource[],
): readonly ServiceDiff[] {
  return after.map((service) => {
    const known = before.find(({ name }) => name === service.name);
    const handlers = diffHandlers(known?.handlers ?? [], service.handlers);
    const isBreaking = known !== undefined && known.ty !== service.ty;
    const hasChanged =
      isBreaking ||
      known?.revision !== service.revision ||
      handlers.some(({ kind }) => kind !== "same");
    const kind = known === undefined ? "added" : hasChanged ? "changed" : "same";
    return { name: service.name, kind, before: known, after: service, handlers, isBreaking };
  });
}

function diffHandlers(
  before: readonly HandlerResource[],
  after: readonly HandlerResource[],
): HandlerDiff[] {
  const now = after.map((handler): HandlerDiff => {
    const known = before.find(({ name }) => name === handler.name);
    if (known === undefined) return { name: handler.name, kind: "added", what: [] };
    const what = differences(known, handler);
    return { name: handler.name, kind: what.length === 0 ? "same" : "changed", what };
  });
  const gone = before.filter(({ name }) => !after.some((handler) => handler.name === name));
  return [...now, ...gone.map(({ name }) => ({ name, kind: "removed" as const, what: [] }))];
}

const COMPARED = [
  ["ty", "kind"],
  ["public", "whether it is public"],
  ["input_description", "what it takes"],
  ["output_description", "what it gives"],
  ["input_json_schema", "the schema of its input"],
  ["output_json_schema", "the schema of its output"],
] as const;

function differences(before: HandlerResource, after: HandlerResource): string[] {
  return COMPARED.filter(
    ([member]) => JSON.stringify(before[member]) !== JSON.stringify(after[member]),
  ).map(([, words]) => words);
}
