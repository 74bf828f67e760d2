/** The targets by their names. */
import { floorTarget } from "./floor/floor.ts";
import { createBullMqTarget } from "./peers/bullmq.ts";
import { createDbosTarget } from "./peers/dbos.ts";
import { createRejoinRestateSdkTarget } from "./restate/rejoin-restate-sdk.ts";
import { createRestateTarget } from "./restate/restate.ts";
import { rejoinHttp2Target, rejoinTarget } from "./target/rejoin.ts";
import type { Target, TargetName } from "./target/target.ts";

/** Installs what the target needs, if it is not there. */
export async function createTarget(name: TargetName): Promise<Target> {
  switch (name) {
    case "rejoin":
      return rejoinTarget;
    case "rejoin-http2":
      return rejoinHttp2Target;
    case "rejoin-restate-sdk":
      return createRejoinRestateSdkTarget();
    case "restate":
      return createRestateTarget();
    case "dbos":
      return createDbosTarget();
    case "bullmq":
      return createBullMqTarget();
    case "floor":
      return floorTarget;
  }
}
