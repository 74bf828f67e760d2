/** Write durable services in TypeScript. This is the entry for Node. */

export type { AttemptPorts } from "./attempt/ports.ts";
export * from "./common-api.ts";
export {
  createInProcessEndpoint,
  type InProcessAttempt,
  type InProcessEndpoint,
  type InProcessRequest,
  type InProcessSink,
} from "./endpoint/in-process.ts";
export {
  createEndpointHandler,
  type NodeEndpointHandler,
  type NodeEndpointOptions,
} from "./endpoint/node/endpoint-handler.ts";
export { endpoint, type RestateEndpoint } from "./endpoint/node/node-endpoint-builder.ts";
export { type ServeOptions, serve } from "./endpoint/node/serve.ts";
export { type CapturedEndpoint, captureEndpoint } from "./endpoint/ports/real-capture.ts";
export {
  createReplay,
  type Replay,
  type ReplayOptions,
} from "./replay/create-replay.ts";
export type {
  ReplayAwait,
  ReplayDivergence,
  ReplayLeaf,
  ReplayObserver,
  ReplayRun,
  ReplayStand,
  ReplayStep,
} from "./replay/replay-observer.ts";
