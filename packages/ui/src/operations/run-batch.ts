/** An operation on many invocations: some at a time, and what has come of each. */
import type { BatchFailure, BatchResult } from "@rejoin/client";

export interface BatchProgress {
  readonly total: number;
  readonly succeeded: number;
  readonly failed: readonly BatchFailure[];
  /** No more will be asked for: everything is done, or it was stopped. */
  readonly isOver: boolean;
}

export interface BatchOptions {
  readonly ids: readonly string[];
  readonly operate: (ids: readonly string[]) => Promise<BatchResult<unknown>>;
  readonly onProgress: (progress: BatchProgress) => void;
  /** Asked before each step. */
  readonly isStopped: () => boolean;
}

/** So many at a time: progress is seen, and other requests get their turn. */
export const STEP = 200;

/** Never rejects: a step that fails as a whole has failed for each of its invocations. */
export async function runBatch(options: BatchOptions): Promise<BatchProgress> {
  const { ids, operate, onProgress, isStopped } = options;
  let succeeded = 0;
  const failed: BatchFailure[] = [];
  const report = (isOver: boolean) => {
    const progress = { total: ids.length, succeeded, failed: [...failed], isOver };
    onProgress(progress);
    return progress;
  };
  report(ids.length === 0);
  for (let at = 0; at < ids.length && !isStopped(); at += STEP) {
    const step = ids.slice(at, at + STEP);
    const result = await operate(step).catch((error: unknown) => allFailed(step, error));
    succeeded += result.succeeded.length;
    failed.push(...result.failed);
    report(false);
  }
  return report(true);
}

function allFailed(ids: readonly string[], error: unknown): BatchResult<never> {
  const text = error instanceof Error ? error.message : String(error);
  return { succeeded: [], failed: ids.map((id) => ({ invocation_id: id, error: text })) };
}

/** Failures that say the same, the most frequent first. */
export function groupFailures(
  failures: readonly BatchFailure[],
): readonly { readonly error: string; readonly ids: readonly string[] }[] {
  const groups = new Map<string, string[]>();
  for (const { invocation_id: id, error } of failures) {
    const general = error.replaceAll(id, "…");
    groups.set(general, [...(groups.get(general) ?? []), id]);
  }
  return [...groups]
    .map(([error, ids]) => ({ error, ids }))
    .sort((a, b) => b.ids.length - a.ids.length);
}
