/** Workflows: `run` once per key, and shared handlers beside it. */
import type { WorkflowContext, WorkflowSharedContext } from "../context/keyed-context.ts";
import { createDefinition } from "./definition.ts";
import { toWrappedHandler } from "./handler.ts";
import type { WorkflowOptions } from "./options.ts";
import type { WorkflowDefinition, WorkflowHandler, WorkflowSharedHandler } from "./types.ts";

/** The handler that a workflow is. */
const MAIN_HANDLER = "run";

// biome-ignore-start lint/suspicious/noExplicitAny: contexts of any state, inputs and outputs of any type
export type WorkflowOpts<U> = {
  run: (ctx: WorkflowContext<any>, argument: any) => Promise<any>;
} & {
  [K in keyof U]: K extends "workflowSubmit" | "workflowAttach" | "workflowOutput"
    ? `${K} is a reserved keyword`
    : K extends "run"
      ? U[K] extends WorkflowHandler<U[K], WorkflowContext<any>>
        ? U[K]
        : "the handler 'run' must take a WorkflowContext first, and return a promise"
      : U[K] extends WorkflowSharedHandler<U[K], WorkflowSharedContext<any>>
        ? U[K]
        : "a handler other than 'run' must take a WorkflowSharedContext first";
};
// biome-ignore-end lint/suspicious/noExplicitAny: contexts of any state, inputs and outputs of any type

/** Defines a workflow. Its handler `run` is executed once per key; every other one is shared. */
export function workflow<P extends string, M>(workflow: {
  name: P;
  handlers: WorkflowOpts<M> & ThisType<M>;
  description?: string;
  metadata?: Record<string, string>;
  options?: WorkflowOptions;
}): WorkflowDefinition<P, M> {
  if (workflow.handlers === undefined) throw new Error("workflow must contain handlers");
  assertMainHandler(workflow.handlers);
  return createDefinition("workflow", workflow, defaultKind) as WorkflowDefinition<P, M>;
}

function defaultKind(name: string): "workflow" | "shared" {
  return name === MAIN_HANDLER ? "workflow" : "shared";
}

function assertMainHandler(handlers: object): void {
  const run = (handlers as Record<string, unknown>)[MAIN_HANDLER];
  if (run === undefined) throw new TypeError("Missing main workflow handler, named 'run'");
  for (const [name, value] of Object.entries(handlers)) {
    const { kind } = toWrappedHandler(name, value, defaultKind(name));
    if (name === MAIN_HANDLER && kind !== "workflow") {
      throw new TypeError(`the main handler 'run' must be of kind workflow, but is ${kind}`);
    }
    if (name !== MAIN_HANDLER && kind === "workflow") {
      throw new TypeError(
        `the handler ${name} is wrapped as workflow, but a workflow has exactly one of these, ` +
          "named 'run'; wrap the others with handlers.workflow.shared",
      );
    }
  }
}
