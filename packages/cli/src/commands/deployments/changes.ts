/** What a registration changes: the services of the dry run against those that are registered. */
import type { HandlerResource, ServiceResource } from "@rejoin/client";

export interface HandlerChange {
  readonly change: "added" | "removed" | "changed" | "same";
  readonly handler: HandlerResource;
}

export type ServiceChange =
  | { readonly change: "added" | "removed"; readonly service: ServiceResource }
  | {
      readonly change: "updated";
      readonly before: ServiceResource;
      readonly service: ServiceResource;
      readonly handlers: readonly HandlerChange[];
    };

export interface ChangeInput {
  /** As the dry run shows them. */
  readonly next: readonly ServiceResource[];
  /** The newest revision of each registered service. */
  readonly current: readonly ServiceResource[];
  /** What the deployment serves that is overwritten, if one is. */
  readonly overwritten: readonly ServiceResource[];
}

/** Added ones first, then updated, then removed. */
export function findChanges({ next, current, overwritten }: ChangeInput): readonly ServiceChange[] {
  const known = new Map(current.map((service) => [service.name, service]));
  const names = new Set(next.map((service) => service.name));
  const added: ServiceChange[] = [];
  const updated: ServiceChange[] = [];
  for (const service of next) {
    const before = known.get(service.name);
    if (before === undefined) added.push({ change: "added", service });
    else updated.push({ change: "updated", before, service, handlers: diff(before, service) });
  }
  const removed = overwritten
    .filter((service) => !names.has(service.name))
    .map((service): ServiceChange => ({ change: "removed", service }));
  return [...added, ...updated, ...removed];
}

function diff(before: ServiceResource, after: ServiceResource): readonly HandlerChange[] {
  const old = new Map(before.handlers.map((handler) => [handler.name, handler]));
  const kept = after.handlers.map((handler): HandlerChange => {
    const previous = old.get(handler.name);
    old.delete(handler.name);
    if (previous === undefined) return { change: "added", handler };
    return { change: isSame(previous, handler) ? "same" : "changed", handler };
  });
  const gone = [...old.values()].map((handler): HandlerChange => ({ change: "removed", handler }));
  return [...kept, ...gone];
}

/** The server writes the members of a resource in one order. */
function isSame(a: HandlerResource, b: HandlerResource): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
