/** The concurrency limits that an invocation counts towards, as the engine names them. */
import type { LimiterId, Registry } from "@rejoin/engine";
import type { ServiceLimits } from "./document.ts";
import type { LimitRules } from "./rules/limit-rules.ts";

const NONE: readonly LimiterId[] = [];
const SCOPE = "scope:";

/** Those of rules, by scope and limit key, before those of the handler and of its service. */
export function createConcurrencyLimits(
  services: readonly ServiceLimits[],
  rules: LimitRules,
): Pick<Registry, "limitsOf" | "concurrencyOf"> {
  const own = concurrencies(services);
  return {
    limitsOf: ({ scope, service, handler }, limitKey) => {
      const isScoped = scope !== undefined && scope !== "";
      const ofScope = isScoped ? rules.limitsOf(scope, limitKey || undefined) : [];
      if (own.size === 0 && ofScope.length === 0) return NONE;
      const named = [handlerLimiter(service, handler), serviceLimiter(service)];
      return [
        ...ofScope.map(({ path }) => SCOPE + path).reverse(),
        ...named.filter((limiter) => own.has(limiter)),
      ];
    },
    concurrencyOf: (limiter) =>
      limiter.startsWith(SCOPE)
        ? rules.concurrencyAt(limiter.slice(SCOPE.length))
        : own.get(limiter),
  };
}

function concurrencies(services: readonly ServiceLimits[]): ReadonlyMap<LimiterId, number> {
  const found = new Map<LimiterId, number>();
  for (const { service, concurrency, handlers } of services) {
    if (concurrency !== undefined) found.set(serviceLimiter(service), concurrency);
    for (const handler of handlers) {
      found.set(handlerLimiter(service, handler.name), handler.concurrency);
    }
  }
  return found;
}

function serviceLimiter(service: string): LimiterId {
  return `service:${service}`;
}

function handlerLimiter(service: string, handler: string): LimiterId {
  return `handler:${service}/${handler}`;
}
