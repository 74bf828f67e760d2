/** Joins the introspection with what the composition root has. */
import type { Instance, PartitionStore } from "@rejoin/engine";
import {
  formatInvocationId,
  type InvocationKey,
  partitionKeyOfKey,
  partitionKeyOfScope,
  partitionOf,
} from "@rejoin/protocol";
import type { Ports } from "../ports/ports.ts";
import { aliasOf } from "../registry/deployment-id.ts";
import type { RegistrySnapshot } from "../registry/snapshot.ts";
import { Introspection } from "./introspection.ts";
import type { ListLimits } from "./list-invocations.ts";
import type { OpenProcess, ProcessLimits } from "./mirror/messages.ts";
import { Mirror } from "./mirror/mirror.ts";
import { toRegistryFacts } from "./registry-facts.ts";

export interface Surroundings {
  readonly ports: Ports;
  readonly limits: ListLimits & ProcessLimits;
  readonly openProcess: OpenProcess | undefined;
  readonly partitionCount: number;
  /** The open partitions; `undefined` for one that is not open. */
  readonly stores: () => readonly (PartitionStore | undefined)[];
  readonly partitionOf: (key: InvocationKey) => number;
  readonly registry: () => RegistrySnapshot;
  /** The open attempts. */
  readonly attempts: {
    attempts(): Iterable<{
      readonly invocation: { readonly key: InvocationKey };
      readonly openedAt: number;
      readonly deploymentId: string;
    }>;
    isInFlight(key: InvocationKey): boolean;
  };
}

export interface Introspecting {
  readonly introspection: Introspection;
  readonly mirror: Mirror;
}

export function createIntrospection(surroundings: Surroundings): Introspecting {
  const { ports, limits, stores, registry, attempts, openProcess } = surroundings;
  const mirror = new Mirror({
    openProcess,
    ports,
    limits,
    stores,
    registry: () => toRegistryFacts(registry()),
    inFlight: () =>
      Array.from(attempts.attempts(), ({ invocation, openedAt, deploymentId }) => ({
        id: formatInvocationId(invocation.key),
        startedAt: openedAt,
        deploymentId: aliasOf(deploymentId),
      })),
  });
  const introspection = new Introspection({
    partitions: { all: stores, partitionOf: surroundings.partitionOf },
    limits,
    mirror,
    partitionOfInstance: (instance) => partitionOfInstance(instance, surroundings.partitionCount),
    context: () => ({
      nowMs: ports.clock.now(),
      isInFlight: (key) => attempts.isInFlight(key),
    }),
  });
  return { introspection, mirror };
}

function partitionOfInstance({ scope, key }: Instance, partitionCount: number): number {
  const hash = scope === "" ? partitionKeyOfKey(key) : partitionKeyOfScope(scope);
  return partitionOf(hash, partitionCount);
}
