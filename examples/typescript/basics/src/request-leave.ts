/** A program beside the services: submits a workflow, and comes back later for its result. */
import { connect } from "@rejoin/client";
import { type Decision, type LeaveRequest, leaveRequest } from "./workflows.ts";

/** Starts the workflow, unless there is one of this id already. */
export async function submitLeave(
  ingressUrl: string,
  id: string,
  request: LeaveRequest,
): Promise<string> {
  const client = connect({ url: ingressUrl }).workflowClient(leaveRequest, id);
  const { status } = await client.workflowSubmit(request);
  return status;
}

/** Waits for the decision, from whichever process. */
export async function awaitDecision(ingressUrl: string, id: string): Promise<Decision> {
  const client = connect({ url: ingressUrl }).workflowClient(leaveRequest, id);
  return await client.workflowAttach();
}
