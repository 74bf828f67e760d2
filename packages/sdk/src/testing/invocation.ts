/** One invocation of a workflow, as the servers of tests open it again and again. */
import type { ProtocolVersion, StartMessage } from "@rejoin/protocol";
import {
  createInProcessEndpoint,
  type HooksProvider,
  type InProcessAttempt,
  type InProcessSink,
  workflow,
} from "../index.ts";
import { encodeJson, startMessage } from "./messages.ts";
import type { ProgramContext } from "./programs.ts";

export interface InvocationOptions {
  readonly version: ProtocolVersion;
  readonly explicitCancellation: boolean;
  /** Whether a Start carries only a part of the state. */
  readonly partialState: boolean;
  /** Whether interceptors are around everything; they change nothing. */
  readonly hooked: boolean;
}

const HOOKS: HooksProvider = () => ({
  interceptor: { handler: (next) => next(), run: (_name, next) => next() },
});

export type Program = (ctx: ProgramContext) => Promise<unknown>;

/** An attempt at `program`, the `run` of a workflow, at a time that does not pass. */
export function openProgram(
  program: Program,
  { version, explicitCancellation, hooked }: Omit<InvocationOptions, "partialState">,
  sink: InProcessSink,
): InProcessAttempt {
  const definition = workflow({
    name: "svc",
    handlers: { run: (ctx) => program(ctx as ProgramContext) },
    options: { explicitCancellation, hooks: hooked ? [HOOKS] : [] },
  });
  const endpoint = createInProcessEndpoint(
    { services: [definition] },
    { now: () => 1000, log: () => {}, isLogged: () => false },
  );
  const request = { service: "svc", handler: "run", version, headers: new Map<string, string>() };
  return endpoint.open(request, sink);
}

/** The state of which a Start carries a part. */
export type State = ReadonlyMap<string, Uint8Array>;

/** What every invocation begins with. */
export const INITIAL_STATE: State = new Map([
  ["known", encodeJson("known at first")],
  ["other", encodeJson("other at first")],
]);

/** A Start that carries all of `state`, or only what is `known`. */
export function startWith(
  state: State,
  partialState: boolean,
  fields: Partial<StartMessage> = {},
): StartMessage {
  const sent = [...state].filter(([name]) => !partialState || name === "known");
  return startMessage({
    key: "k",
    partialState,
    stateMap: sent.map(([name, value]) => ({ key: new TextEncoder().encode(name), value })),
    ...fields,
  });
}
