/** A batch that is running, for a dialog. */
import type { AdminClient, BatchResult } from "@rejoin/client";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { useAdmin } from "../api/admin.ts";
import type { OperationName } from "./operations.ts";
import { type BatchProgress, runBatch } from "./run-batch.ts";

export interface Batch {
  readonly progress: BatchProgress | undefined;
  readonly start: (name: OperationName, ids: readonly string[]) => Promise<BatchProgress>;
  readonly stop: () => void;
}

export function useBatch(): Batch {
  const admin = useAdmin();
  const queries = useQueryClient();
  const [progress, setProgress] = useState<BatchProgress>();
  const isStopped = useRef(false);
  const stop = useCallback(() => {
    isStopped.current = true;
  }, []);
  useEffect(() => {
    isStopped.current = false;
    return stop;
  }, [stop]);
  const start = useCallback(
    async (name: OperationName, ids: readonly string[]) => {
      isStopped.current = false;
      const end = await runBatch({
        ids,
        operate: (step) => operate(admin, name, step),
        onProgress: setProgress,
        isStopped: () => isStopped.current,
      });
      await queries.invalidateQueries();
      return end;
    },
    [admin, queries],
  );
  return { progress, start, stop };
}

function operate(
  admin: AdminClient,
  name: OperationName,
  ids: readonly string[],
): Promise<BatchResult<unknown>> {
  return name === "restart-as-new" ? admin.restartMany(ids) : admin.operateOnMany(name, ids);
}
