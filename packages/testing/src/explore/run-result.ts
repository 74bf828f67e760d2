/** One run of what is explored. */
import type { Aftermath } from "./aftermath.ts";
import type { CrashProbe } from "./crash-points.ts";

/** What a run has come to. */
export interface RunResult {
  /** As text. */
  readonly outcome: string;
  readonly aftermath: Aftermath;
  readonly mismatches: readonly string[];
  readonly probe: CrashProbe;
}
