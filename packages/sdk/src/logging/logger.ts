/** What is logged, by whom, and where it goes. */

/** Levels, as in the reference SDK. */
export const RestateLogLevel = {
  TRACE: "trace",
  DEBUG: "debug",
  INFO: "info",
  WARN: "warn",
  ERROR: "error",
} as const;
export type RestateLogLevel = (typeof RestateLogLevel)[keyof typeof RestateLogLevel];

/** Who logs: the endpoint, the state machine, user code. */
export const LogSource = { SYSTEM: "SYSTEM", JOURNAL: "JOURNAL", USER: "USER" } as const;
export type LogSource = (typeof LogSource)[keyof typeof LogSource];

/** The invocation that a line belongs to. */
export interface LoggerContext {
  readonly invocationId: string;
  readonly serviceName: string;
  readonly handlerName: string;
  readonly key?: string;
  /** `service/handler` or `service/key/handler`. */
  readonly invocationTarget: string;
  readonly additionalContext?: { readonly [name: string]: string };
}

export type LogMetadata = {
  source: LogSource;
  level: RestateLogLevel;
  /** User code repeats what an earlier attempt has logged. */
  replaying: boolean;
  context?: LoggerContext;
};

/** Receives every line, of all levels and while replaying too. */
export type LoggerTransport = (
  params: LogMetadata,
  message?: unknown,
  ...optionalParams: unknown[]
) => void;
