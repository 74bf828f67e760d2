/** An invocation that does what it is told. */
import { unique } from "../harness/ingress.ts";
import type { RunningCell } from "../harness/running-cell.ts";
import type { Steering } from "../services/steerable.ts";
import { on } from "./targets.ts";

/** Sends to the steerable service with a key of its own. */
export async function steered({ ingress }: RunningCell, steering: Omit<Steering, "key">) {
  const key = unique("steered");
  const steer = (next: Omit<Steering, "key">) =>
    ingress.call(on("Steerable", "steer"), { key, ...next });
  await steer(steering);
  const { invocationId } = await ingress.send(on("Steerable", "go"), key);
  return { invocationId, steer };
}
