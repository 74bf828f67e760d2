/** What a scenario is: see `scenarios.suite.ts`. */
import type { ProtocolVersion } from "@rejoin/protocol";
import type { ServerDefaults } from "../registry/snapshot.ts";
import type { Host } from "./host.ts";
import type { ScriptIo, Served } from "./script.ts";

/** How often a record asks for rows at most, but for a few that hand over an object. */
export const ROUNDS_MAX = 3;

export interface Scenario extends Served {
  readonly name: string;
  readonly version?: ProtocolVersion;
  readonly defaults?: Partial<ServerDefaults>;
  /** The process is killed in it: what was recorded before is not what is durable. */
  readonly restarts?: boolean;
  /** Everything stays in one partition. */
  readonly local?: boolean;
  /** How often a record of it may ask for rows, if that is more often than usual. */
  readonly roundsMax?: number;
  run(host: Host): Promise<void>;
}

/** A key of its own for each call, so that the callees spread over the partitions. */
export function keyed(io: ScriptIo, n: number | string): { readonly idempotencyKey: string } {
  return { idempotencyKey: `${io.text}/${n}` };
}

/** Whoever waits is asked to suspend at once. */
export const SUSPENDS = { inactivityTimeout: 0 } as const;
