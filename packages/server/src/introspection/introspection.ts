/** What the server knows about its invocations, read from the committed store. */
import type { InvocationKey } from "@rejoin/protocol";
import { findInFlight, type InFlightInvocations } from "./find-in-flight.ts";
import {
  type InvocationPage,
  type InvocationQuery,
  type ListLimits,
  listInvocations,
} from "./list-invocations.ts";
import { type OpenPartitions, PartitionReads } from "./partition-reads.ts";
import { type InvocationDetail, readInvocation } from "./read-invocation.ts";
import type { JournalRange } from "./read-journal.ts";

/** Every question is bounded by `limits`, whatever the store holds. */
export class Introspection {
  private readonly reads: PartitionReads;
  private readonly limits: ListLimits;

  constructor(partitions: OpenPartitions, limits: ListLimits) {
    this.reads = new PartitionReads(partitions);
    this.limits = limits;
  }

  list(query: InvocationQuery): Promise<InvocationPage> {
    return listInvocations(this.reads, query, this.limits);
  }

  read(key: InvocationKey, range: JournalRange): Promise<InvocationDetail | undefined> {
    return readInvocation(this.reads, key, range);
  }

  /** Those that have not completed and keep to a deployment, or are among `open`. */
  findInFlight(
    deploymentId: string,
    open: ReadonlySet<InvocationKey> = NONE,
  ): Promise<InFlightInvocations> {
    return findInFlight(this.reads, { deploymentId, open }, this.limits);
  }
}

const NONE: ReadonlySet<InvocationKey> = new Set();
