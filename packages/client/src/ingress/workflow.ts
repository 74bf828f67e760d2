/** What can be done with the `run` of a workflow: submit it, and ask for its result. */
import type { HandlerDescriptor } from "../definitions.ts";
import type { Output, WorkflowSubmission } from "./clients.ts";
import { type Connection, exchange, type IngressRequest } from "./exchange.ts";
import { HttpCallError } from "./http-call-error.ts";
import { lowerCased, pickSerde, readResult, send, toPath } from "./invoke.ts";
import { type AnyOptions, type Opts, parseArguments } from "./options.ts";

export interface WorkflowTarget {
  readonly name: string;
  readonly key: string;
  readonly scope?: string | undefined;
  /** What is declared of `run`. */
  readonly run?: HandlerDescriptor | undefined;
}

/** The status of an output that is not there yet. */
const NOT_READY = 470;

/** The functions of a workflow's client beside its handlers. */
export function workflowFunctions(connection: Connection, workflow: WorkflowTarget) {
  return {
    workflowSubmit: (...args: unknown[]) => submit(connection, workflow, args),
    workflowAttach: (options?: Opts<unknown, unknown>) =>
      observe(connection, workflow, "attach", options),
    workflowOutput: (options?: Opts<unknown, unknown>) => output(connection, workflow, options),
  };
}

async function submit(
  connection: Connection,
  { name, key, scope, run }: WorkflowTarget,
  args: readonly unknown[],
): Promise<WorkflowSubmission<unknown>> {
  const target = { service: name, key, handler: "run", scope };
  const invocation = { target, descriptor: run, ...parseArguments(args) };
  const { invocationId, status } = await send(connection, invocation, true);
  return { invocationId, status, attachable: true };
}

async function output(
  connection: Connection,
  workflow: WorkflowTarget,
  options: Opts<unknown, unknown> | undefined,
): Promise<Output<unknown>> {
  try {
    return { ready: true, result: await observe(connection, workflow, "output", options) };
  } catch (error) {
    if (!(error instanceof HttpCallError) || error.status !== NOT_READY) throw error;
    return notReady(workflow);
  }
}

function notReady({ name, key }: WorkflowTarget): Output<unknown> {
  return {
    ready: false,
    get result(): never {
      throw new Error(
        `workflow ${name}/${key} has no result yet: look at ready first, or wait with workflowAttach`,
      );
    },
  };
}

async function observe(
  connection: Connection,
  workflow: WorkflowTarget,
  verb: "attach" | "output",
  given: Opts<unknown, unknown> | undefined,
): Promise<unknown> {
  const { options } = parseArguments(given === undefined ? [] : [undefined, given]);
  const request = { ...observation(workflow, verb), ...commonOf(options) };
  const bytes = await exchange(connection, {
    ...request,
    headers: { ...lowerCased(options.headers), ...request.headers },
  });
  const serde = pickSerde(connection, options.output, workflow.run?._outputSerde);
  return readResult(connection, request, serde, bytes);
}

function commonOf({ timeout, signal }: AnyOptions) {
  return { timeout, signal, isRepeatable: true };
}

/** A scope has no place in the path: the body says which workflow it is then. */
function observation(
  { name, key, scope }: WorkflowTarget,
  verb: "attach" | "output",
): Pick<IngressRequest, "method" | "path" | "headers" | "body"> {
  if (scope === undefined) {
    return { method: "GET", path: toPath(["restate", "workflow", name, key, verb]), headers: {} };
  }
  const target = { target: "workflow", workflowName: name, workflowKey: key, scope };
  return {
    method: "POST",
    path: `/restate/${verb}`,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(target),
  };
}
