/** Commands on state, promises, signals and results, and what operators ask for, for tests. */
import {
  type AttachTarget,
  formatAwakeableId,
  formatInvocationId,
  type InvocationKey,
  type Outcome,
} from "@rejoin/protocol";
import type { OperationResult } from "../actions.ts";
import type { Target } from "../model/invocation.ts";
import type {
  DeploymentChoice,
  MutateStateRecord,
  OperateRecord,
  Operation,
  SignalRecord,
} from "../records.ts";
import type { StateMutation } from "../rows/inbox-row.ts";
import type { Applied, TestPartition } from "./partition.ts";
import { bytes, type EndpointItem } from "./records.ts";

export const VOID = { kind: "void" } as const;

/** An exclusive handler of the object `key`. */
export function objectTarget(key: string, scope = ""): Target {
  return { service: "Obj", handler: "add", key, handlerKind: "exclusive", scope };
}

/** A shared handler of the object `key`. */
export function sharedTarget(key: string): Target {
  return { service: "Obj", handler: "get", key, handlerKind: "shared", scope: "" };
}

/** The run of the workflow `key`. */
export function workflowTarget(key: string): Target {
  return { service: "Wf", handler: "run", key, handlerKind: "workflow", scope: "" };
}

/** A shared handler of the workflow `key`. */
export function queryTarget(key: string): Target {
  return { service: "Wf", handler: "query", key, handlerKind: "shared", scope: "" };
}

export function setState(key: string, value: string | Uint8Array): EndpointItem {
  const content = typeof value === "string" ? bytes(value) : value;
  return { kind: "setState", name: "", key: bytes(key), value: content };
}

export function clearState(key: string): EndpointItem {
  return { kind: "clearState", name: "", key: bytes(key) };
}

export const CLEAR_ALL_STATE: EndpointItem = { kind: "clearAllState", name: "" };

export function getLazyState(resultCompletionId: number, key: string): EndpointItem {
  return { kind: "getLazyState", name: "", key: bytes(key), resultCompletionId };
}

export function getLazyStateKeys(resultCompletionId: number): EndpointItem {
  return { kind: "getLazyStateKeys", name: "", resultCompletionId };
}

export function getPromise(resultCompletionId: number, key: string): EndpointItem {
  return { kind: "getPromise", name: "", key, resultCompletionId };
}

export function peekPromise(resultCompletionId: number, key: string): EndpointItem {
  return { kind: "peekPromise", name: "", key, resultCompletionId };
}

export function completePromise(
  resultCompletionId: number,
  key: string,
  completion: Outcome,
): EndpointItem {
  return { kind: "completePromise", name: "", key, completion, resultCompletionId };
}

/** A signal with a name, or with an index. */
export function sendSignal(
  to: InvocationKey,
  signal: string | number,
  result: Outcome | typeof VOID = VOID,
): EndpointItem {
  const id = typeof signal === "number" ? { signalIndex: signal } : { signalName: signal };
  return {
    kind: "sendSignal",
    name: "",
    targetInvocationId: formatInvocationId(to),
    ...id,
    result,
  };
}

export function completeAwakeable(
  of: InvocationKey,
  signalIndex: number,
  result: Outcome,
): EndpointItem {
  const awakeableId = formatAwakeableId(of, signalIndex);
  return { kind: "completeAwakeable", name: "", awakeableId, result };
}

export function byId(key: InvocationKey): AttachTarget {
  return { kind: "invocation", invocationId: formatInvocationId(key) };
}

export function attachTo(
  resultCompletionId: number,
  target: AttachTarget | InvocationKey,
): EndpointItem {
  const named = typeof target === "string" ? byId(target) : target;
  return { kind: "attachInvocation", name: "", target: named, resultCompletionId };
}

export function outputOf(
  resultCompletionId: number,
  target: AttachTarget | InvocationKey,
): EndpointItem {
  const named = typeof target === "string" ? byId(target) : target;
  return { kind: "getInvocationOutput", name: "", target: named, resultCompletionId };
}

type Simple = Exclude<Operation, { kind: "resume" | "restart" }>["kind"];

export function operate(key: InvocationKey, operation: Operation | Simple): OperateRecord {
  const whole = typeof operation === "string" ? ({ kind: operation } as const) : operation;
  return { kind: "operate", key, operation: whole, waiter: {} };
}

export function resume(deployment: DeploymentChoice = "keep"): Operation {
  return { kind: "resume", deployment };
}

export function restart(from = 0, deployment: DeploymentChoice = "latest"): Operation {
  return { kind: "restart", from, deployment };
}

export function signal(
  key: InvocationKey,
  id: string | number,
  result: Outcome | typeof VOID = VOID,
): SignalRecord {
  const named = typeof id === "number" ? { signalIndex: id } : { signalName: id };
  return { kind: "signal", key, signal: { kind: "signal", ...named, result }, waiter: {} };
}

/** Replaces the state of the object `key`. */
export function mutateState(
  key: string,
  entries: Readonly<Record<string, string>>,
  version?: string,
): MutateStateRecord {
  const instance = { service: "Obj", scope: "", key };
  return { kind: "mutateState", instance, mutation: mutationOf(entries, version), waiter: {} };
}

export function mutationOf(
  entries: Readonly<Record<string, string>>,
  version?: string,
): StateMutation {
  const list = Object.entries(entries).map(([key, value]) => ({
    key: bytes(key),
    value: bytes(value),
  }));
  return { entries: list, version };
}

/** What came of the operation that `applied` did. */
export function resultOf(applied: Applied): OperationResult {
  for (const action of applied.actions) if (action.kind === "operated") return action.result;
  throw new Error("no operation was done");
}

/** Does an operation and says what came of it. */
export function operated(
  partition: TestPartition,
  key: InvocationKey,
  operation: Operation | Simple,
): OperationResult {
  return resultOf(partition.apply(operate(key, operation)));
}
