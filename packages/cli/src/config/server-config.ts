/** The configuration of `rejoin server`: defaults, then file, then variables, then flags. */
import {
  assertLimits,
  DEFAULT_LIMITS,
  type Limits,
  type OutgoingOptions,
  type ServerDefaults,
  type TracingOptions,
} from "@rejoin/server";
import { EXIT } from "../cli-error.ts";
import { configError } from "./config-error.ts";
import { type FileValue, parseConfigFile, placeOf } from "./config-file.ts";
import { type ConfigOption, LIMIT_OPTIONS, SERVER_OPTIONS, variableOf } from "./options.ts";

/** Where values come from; each wins over those above it, after the defaults. */
export interface ConfigSources {
  readonly file: { readonly path: string; readonly text: string } | undefined;
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** By the names of the options, such as `data-dir`. */
  readonly flags: Readonly<Record<string, string | boolean | undefined>>;
}

/** A value, and where it was found. */
export interface Resolved<T> {
  readonly option: ConfigOption<T>;
  readonly value: T;
  /** `undefined` for a default. */
  readonly source: string | undefined;
}

type OptionTable = typeof SERVER_OPTIONS;
type ValueOf<O> = O extends ConfigOption<infer T> ? T : never;

/** The options with their values. */
export type ResolvedOptions = {
  readonly [K in keyof OptionTable]: Resolved<ValueOf<OptionTable[K]>>;
};

export interface ServerConfig {
  readonly options: ResolvedOptions;
  readonly limits: ReadonlyMap<keyof Limits, Resolved<number>>;
}

/** Throws a `CliError` that names the place of what is wrong. */
export function resolveConfig(sources: ConfigSources): ServerConfig {
  const file = readFile(sources);
  const resolve = <T>(option: ConfigOption<T>): Resolved<T> =>
    fromFlag(option, sources) ??
    fromVariables(option, sources) ??
    fromFile(option, sources, file) ?? { option, value: option.default, source: undefined };
  const options = Object.fromEntries(
    Object.entries(SERVER_OPTIONS).map(([name, option]) => [
      name,
      resolve(option as ConfigOption<unknown>),
    ]),
  ) as unknown as ResolvedOptions;
  const limits = new Map([...LIMIT_OPTIONS].map(([name, option]) => [name, resolve(option)]));
  const config = { options, limits };
  checkLimits(toLimits(config));
  return config;
}

export function toLimits({ limits }: ServerConfig): Limits {
  const values = [...limits].map(([name, { value }]) => [name, value] as const);
  return { ...DEFAULT_LIMITS, ...Object.fromEntries(values) };
}

/** What holds for handlers that do not say otherwise. */
export function toDefaults({ options }: ServerConfig): ServerDefaults {
  const { value: maxAttempts } = options.retryMaxAttempts;
  return {
    inactivityTimeoutMs: options.inactivityTimeout.value,
    abortTimeoutMs: options.abortTimeout.value,
    journalRetentionMs: options.journalRetention.value,
    idempotencyRetentionMs: options.idempotencyRetention.value,
    workflowRetentionMs: options.workflowRetention.value,
    retryPolicy: {
      initialIntervalMs: options.retryInitialInterval.value,
      exponentiationFactor: options.retryFactor.value,
      maxIntervalMs: options.retryMaxInterval.value,
      maxAttempts: maxAttempts === "unlimited" ? undefined : maxAttempts,
      onMaxAttempts: options.retryOnMaxAttempts.value,
    },
    ...toMaxima(options),
  };
}

function toMaxima(options: ResolvedOptions): Pick<ServerDefaults, "maxima"> {
  const bound = (resolved: Resolved<number | "unlimited">) =>
    resolved.value === "unlimited" ? undefined : resolved.value;
  const maxima = {
    journalRetentionMs: bound(options.journalRetentionMax),
    idempotencyRetentionMs: bound(options.idempotencyRetentionMax),
    workflowRetentionMs: bound(options.workflowRetentionMax),
    retryMaxAttempts: bound(options.retryAttemptsMax),
  };
  return Object.values(maxima).some((value) => value !== undefined) ? { maxima } : {};
}

/** How requests to deployments are made. */
export function toOutgoing({ options }: ServerConfig): Omit<OutgoingOptions, "identityKey"> {
  const { awsProfile, awsExternalId, clusterName, requestHeaders } = options;
  return {
    additionalHeaders: { "x-restate-cluster-name": clusterName.value, ...requestHeaders.value },
    identityExpirationMs: options.identityExpiration.value,
    connectTimeoutMs: options.connectTimeout.value,
    httpProxy: options.httpProxy.value || undefined,
    noProxy: options.noProxy.value,
    lambda: {
      profile: awsProfile.value || undefined,
      externalId: awsExternalId.value || undefined,
      compressFromBytes: options.compressFrom.value,
    },
  };
}

/** Where traces go, if they are wanted. */
export function toTracing({ options }: ServerConfig): TracingOptions | undefined {
  const { value: endpoint } = options.tracingEndpoint;
  return endpoint === "" ? undefined : { endpoint, headers: options.tracingHeaders.value };
}

type FileValues = ReadonlyMap<string, FileValue>;

function readFile({ file }: ConfigSources): FileValues {
  if (file === undefined) return new Map();
  const options = [...Object.values(SERVER_OPTIONS), ...LIMIT_OPTIONS.values()];
  return parseConfigFile(file.path, file.text, new Set(options.map(({ name }) => name)));
}

function fromFlag<T>(option: ConfigOption<T>, { flags }: ConfigSources): Resolved<T> | undefined {
  const raw = flags[option.name];
  const source = `--${option.name}`;
  return raw === undefined ? undefined : read({ option, raw, source, exitCode: EXIT.usage });
}

function fromVariables<T>(
  option: ConfigOption<T>,
  { variables }: ConfigSources,
): Resolved<T> | undefined {
  const candidates = [{ variable: variableOf(option) }, ...option.fallbacks];
  for (const { variable, ...rest } of candidates) {
    const text = variables[variable];
    if (text === undefined || text === "") continue;
    const raw = "translate" in rest && rest.translate !== undefined ? rest.translate(text) : text;
    return read({ option, raw, source: variable });
  }
  return undefined;
}

function fromFile<T>(
  option: ConfigOption<T>,
  { file }: ConfigSources,
  values: FileValues,
): Resolved<T> | undefined {
  const found = values.get(option.name);
  if (found === undefined || file === undefined) return undefined;
  const place = placeOf(file.path, found.line);
  return read({ option, raw: found.value, source: place, name: option.name });
}

interface Reading<T> {
  readonly option: ConfigOption<T>;
  readonly raw: unknown;
  readonly source: string;
  /** Said after the source where that does not name the option. */
  readonly name?: string;
  readonly exitCode?: number;
}

function read<T>({ option, raw, source, name, exitCode }: Reading<T>): Resolved<T> {
  const value = option.kind.parse(raw);
  if (value !== undefined) return { option, value, source };
  const what = name === undefined ? source : `${source}: ${name}`;
  const shown = option.kind.isSecret === true ? "not well-formed" : JSON.stringify(raw);
  throw configError(`${what} is ${shown}: it must be ${option.kind.expected}`, {
    exitCode: exitCode ?? EXIT.failure,
  });
}

function checkLimits(limits: Limits): void {
  try {
    assertLimits(limits);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw configError(`the limits contradict one another: ${reason}`, { cause: error });
  }
}
