/** What a server knows of itself at any time, without asking its store. */

export interface ServerFacts {
  /** Requests of the ingress that wait for an answer. */
  readonly requestsInFlight: number;
  readonly requestsMax: number;
  readonly attempts: {
    readonly running: number;
    /** Of these, those that only await. */
    readonly awaiting: number;
    /** Invocations that wait for an attempt. */
    readonly ready: number;
    readonly max: number;
  };
  /** Of this process; `undefined` where a partition is not open. */
  readonly partitions: readonly (PartitionFacts | undefined)[];
}

export interface PartitionFacts {
  readonly queuedRecords: number;
  readonly queuedBytes: number;
  /** By service and status; `undefined` while they are being counted. */
  readonly invocations: ReadonlyMap<string, Readonly<Record<string, number>>> | undefined;
}

/** The parts of a server that know. */
export interface FactSources {
  readonly waiters: { readonly count: number };
  readonly invoker: {
    readonly attemptCount: number;
    readonly awaitingCount: number;
    readonly readyCount: number;
  };
  readonly leaders: readonly { readonly facts: PartitionFacts | undefined }[];
}

export function factsOf(
  { waiters, invoker, leaders }: FactSources,
  limits: { readonly attemptsMax: number; readonly ingressRequestsMax: number },
): ServerFacts {
  return {
    requestsInFlight: waiters.count,
    requestsMax: limits.ingressRequestsMax,
    attempts: {
      running: invoker.attemptCount,
      awaiting: invoker.awaitingCount,
      ready: invoker.readyCount,
      max: limits.attemptsMax,
    },
    partitions: leaders.map(({ facts }) => facts),
  };
}
