/** How many invocations are pinned to a deployment and have not completed. */
import { useAdmin, usePolled } from "../../api/admin.ts";

const EVERY_MS = 3000;

/** `undefined` until it is known. */
export function useInFlight(id: string): number | undefined {
  const admin = useAdmin();
  const { data } = usePolled(
    ["in-flight", id],
    () => admin.summarizeInvocations({ deployment: id, group_by: "status" }),
    { everyMs: EVERY_MS },
  );
  return data?.groups
    .filter(({ status }) => status !== "completed")
    .reduce((sum, { count }) => sum + count, 0);
}
