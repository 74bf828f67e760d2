/** The part of the admin client that operates on invocations. */
import { type Api, jsonRequest, toQuery } from "./api.ts";
import type {
  BatchOperationName,
  BatchResult,
  DeploymentChoice,
  OperationOutcome,
  RestartedPair,
  RestartOptions,
} from "./operations.ts";
import { SHAPES } from "./shape.ts";

/** Every method rejects with a `ClientError`. */
export interface OperationClient {
  /** Asks its code to end. Status 404 if it is not there, 409 if it has completed; likewise below. */
  cancelInvocation(id: string): Promise<OperationOutcome>;
  /** Ends it, and all that it has called, without asking their code. */
  killInvocation(id: string): Promise<void>;
  /** Deletes what is kept of it; status 409 if it has not completed. */
  purgeInvocation(id: string): Promise<void>;
  purgeJournal(id: string): Promise<void>;
  /** Holds it until it is resumed; status 409 if it has not begun. */
  pauseInvocation(id: string): Promise<OperationOutcome>;
  /** Status 425 if it has not begun, 400 if the deployment cannot take it. */
  resumeInvocation(id: string, deployment?: DeploymentChoice): Promise<void>;
  /** Repeats one that has completed; gives the id of the new one. */
  restartInvocation(id: string, options?: RestartOptions): Promise<string>;
  /** An operation on up to 1,000 invocations, each for itself. */
  operateOnMany(
    operation: Exclude<BatchOperationName, "restart-as-new">,
    ids: readonly string[],
    deployment?: DeploymentChoice,
  ): Promise<BatchResult>;
  restartMany(
    ids: readonly string[],
    deployment?: DeploymentChoice,
  ): Promise<BatchResult<RestartedPair>>;
}

export function operationMethods(api: Api): OperationClient {
  const operate = (id: string, operation: string) =>
    api.exchange({
      method: "PATCH",
      path: `/invocations/${encodeURIComponent(id)}/${operation}`,
    });
  const batch = <T>(name: BatchOperationName, ids: readonly string[], deployment?: string) => {
    const path = `/internal/invocations_batch_operations/${name}`;
    const body = { invocation_ids: ids, deployment };
    return api.change<BatchResult<T>>(jsonRequest("POST", path, body), SHAPES.batch);
  };
  return {
    cancelInvocation: async (id) => outcomeOf(await operate(id, "cancel")),
    killInvocation: async (id) => void (await operate(id, "kill")),
    purgeInvocation: async (id) => void (await operate(id, "purge")),
    purgeJournal: async (id) => void (await operate(id, "purge-journal")),
    pauseInvocation: async (id) => outcomeOf(await operate(id, "pause")),
    resumeInvocation: async (id, deployment) =>
      void (await operate(id, `resume${toQuery({ deployment })}`)),
    restartInvocation: async (id, options) => {
      const response = await operate(id, `restart-as-new${toQuery({ ...options })}`);
      const body = await api.read<{ new_invocation_id: string }>(response, SHAPES.restarted);
      return body.new_invocation_id;
    },
    operateOnMany: (name, ids, deployment) => batch<string>(name, ids, deployment),
    restartMany: (ids, deployment) => batch<RestartedPair>("restart-as-new", ids, deployment),
  };
}

/** The status tells whether something is still to come. */
function outcomeOf({ status }: Response): OperationOutcome {
  return status === 202 ? "requested" : "done";
}
