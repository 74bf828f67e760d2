import type { Commit } from "@rejoin/engine";

/**
 * What becomes of a write: it is applied; or it is not, and rejects; or it is, and rejects all the
 * same, so that the caller cannot know.
 */
export type WriteFate = "ok" | "fail-before" | "fail-after";

/** Which state a read sees: that at the time of the call, or that when its delay is over. */
export type ReadView = "called" | "served";

/** The reads that can be delayed. */
export type ReadKind = "getMany" | "scan" | "snapshot" | "readMailbox";

/**
 * The faults of a memory store, decided by a test or a simulator. Each hook that is present holds
 * its operation until its promise resolves; an absent one lets it pass. What a hook rejects with,
 * the operation rejects with.
 */
export interface MemoryFaults {
  /** `ok` without it. */
  beforeCommit?(partition: number, commit: Commit): Promise<WriteFate>;
  /** `served` without it. */
  beforeRead?(partition: number, kind: ReadKind): Promise<ReadView>;
  /** `ok` without it. */
  beforeOpen?(partition: number): Promise<WriteFate>;
  /** `ok` without it. */
  beforeSetMetadata?(key: string): Promise<WriteFate>;
  beforeGetMetadata?(key: string): Promise<void>;
  /**
   * Whether a commit that is held when the store crashes has become durable all the same; asked in
   * the order of the commits. `false` without it.
   */
  survivesCrash?(partition: number, commit: Commit): boolean;
}
