/** The deployment that an invocation is to go on with, as a request names it. */
import type { DeploymentChoice } from "@rejoin/engine";
import type { ApiContext } from "./api-context.ts";
import { ApiError } from "./api-error.ts";
import { problemOfDeploymentId } from "./schemas/ids.ts";

/** Throws an {@link ApiError} if `text` names no deployment that is there. */
export function toDeploymentChoice({ ports, readId }: ApiContext, text: string): DeploymentChoice {
  const lower = text.toLowerCase();
  if (lower === "keep" || lower === "latest") return lower;
  const problem = problemOfDeploymentId(text);
  if (problem !== undefined) {
    const shown = JSON.stringify(text);
    throw new ApiError(400, `deployment ${shown} is neither keep, latest nor an id: ${problem}`);
  }
  const id = readId(text);
  if (ports.registry().deployment(id) !== undefined) return { id };
  throw new ApiError(400, `there is no deployment ${id}; see GET /deployments`);
}
