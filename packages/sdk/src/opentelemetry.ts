/** Spans of OpenTelemetry for attempts and runs. This entry takes `@opentelemetry/api`. */

export {
  type OpenTelemetryHookContext,
  type OpenTelemetryHookOptions,
  openTelemetryHook,
} from "./tracing/open-telemetry-hook.ts";
