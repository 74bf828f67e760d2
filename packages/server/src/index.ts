export { Core, type CoreOptions, type EmbeddedEndpoint } from "./core.ts";
export { DEFAULT_OUTGOING, type OutgoingOptions } from "./identity/outgoing-options.ts";
export type { IngressRequest, IngressResponse } from "./ingress/ingress.ts";
export { assertLimits, DEFAULT_LIMITS, type Limits } from "./limits.ts";
export type { TracingOptions } from "./observability/tracing/tracing.ts";
export { RowCache } from "./partition/row-cache.ts";
export { formatLogLine, type LogLine } from "./ports/log-line.ts";
export type {
  Clock,
  Log,
  LogLevel,
  Ports,
  RandomSource,
  Scheduler,
  Timers,
} from "./ports/ports.ts";
export { createRealPorts } from "./ports/real-ports.ts";
export { SERVER_DEFAULTS, type ServerDefaults } from "./registry/snapshot.ts";
export { openCore, type RunningServer, type StartOptions, start } from "./start.ts";
export { VERSION } from "./version.ts";
