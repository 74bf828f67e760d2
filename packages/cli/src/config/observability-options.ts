/** The options of logs, metrics and traces; see the table of options. */
import { option } from "./config-option.ts";
import { choice, flag, headers, text } from "./value-kinds.ts";

const LEVELS: Readonly<Record<string, string>> = {
  trace: "debug",
  debug: "debug",
  info: "info",
  warn: "warn",
  error: "error",
  off: "error",
};

/** Of a filter such as `warn,restate=debug` what concerns the server. */
function levelOfFilter(filter: string): string {
  const directives = filter.split(",").map((directive) => directive.trim().toLowerCase());
  const own = directives.find((directive) => /^restate(_\w+)?=/.test(directive))?.split("=")[1];
  const any = directives.find((directive) => directive in LEVELS);
  return LEVELS[own ?? any ?? "info"] ?? "info";
}

/** The standard variable names the collector; traces have a path of their own there. */
function tracesOf(endpoint: string): string {
  return `${endpoint.replace(/\/+$/, "")}/v1/traces`;
}

/** Texts that are empty stand for none. */
export const OBSERVABILITY_OPTIONS = {
  logLevel: option("log-level", choice("debug", "info", "warn", "error"), "info", {
    help: "what is logged: debug, info, warn or error",
    from: [
      { variable: "RESTATE_LOG_FILTER", translate: levelOfFilter },
      { variable: "RUST_LOG", translate: levelOfFilter },
    ],
  }),
  logFormat: option("log-format", choice("auto", "json", "pretty", "compact"), "auto", {
    help: "json, pretty, compact (a line each, no stacks), or auto: pretty on a terminal, else json",
    from: ["RESTATE_LOG_FORMAT"],
  }),
  plainLog: option("log-disable-ansi-codes", flag, false, {
    help: "no colours in the log, on a terminal neither",
    from: ["RESTATE_LOG_DISABLE_ANSI_CODES"],
  }),
  noMetrics: option("disable-prometheus", flag, false, {
    help: "no /metrics on the admin port",
    from: ["RESTATE_DISABLE_PROMETHEUS"],
  }),
  tracingEndpoint: option("tracing-endpoint", text, "", {
    help: "a collector that takes OTLP over HTTP, such as http://localhost:4318; empty for no traces",
    from: [
      "RESTATE_TRACING_ENDPOINT",
      "RESTATE_TRACING_SERVICES_ENDPOINT",
      "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
      { variable: "OTEL_EXPORTER_OTLP_ENDPOINT", translate: tracesOf },
    ],
  }),
  tracingHeaders: option(
    "tracing-headers",
    headers,
    {},
    { help: "sent to the collector, such as authorization", from: ["RESTATE_TRACING_HEADERS"] },
  ),
} as const;
