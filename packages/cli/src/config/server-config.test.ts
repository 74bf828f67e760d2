import { DEFAULT_LIMITS, DEFAULT_OUTGOING, SERVER_DEFAULTS } from "@rejoin/server";
import { describe, expect, it } from "vitest";
import { CliError } from "../cli-error.ts";
import { dumpConfig } from "./dump-config.ts";
import {
  type ConfigSources,
  resolveConfig,
  toDefaults,
  toLimits,
  toOutgoing,
  toTracing,
} from "./server-config.ts";

interface Given {
  readonly file?: string;
  readonly variables?: ConfigSources["variables"];
  readonly flags?: ConfigSources["flags"];
}

function resolve({ file, variables = {}, flags = {} }: Given) {
  const source = file === undefined ? undefined : { path: "rejoin.toml", text: file };
  return resolveConfig({ file: source, variables, flags });
}

function failureOf(given: Given): CliError {
  try {
    resolve(given);
  } catch (error) {
    if (error instanceof CliError) return error;
    throw error;
  }
  throw new Error("the configuration was taken");
}

describe("defaults", () => {
  it("are those of the server", () => {
    const config = resolve({});
    expect(SERVER_DEFAULTS).toMatchObject(toDefaults(config));
    expect(toLimits(config)).toEqual(DEFAULT_LIMITS);
    expect({ ...toOutgoing(config), identityKey: undefined }).toEqual(DEFAULT_OUTGOING);
    expect(config.options.dataDir).toMatchObject({ value: "./rejoin-data", source: undefined });
    expect(config.options.ingressAddress.value).toBe("127.0.0.1:8080");
    expect(config.options.adminAddress.value).toBe("127.0.0.1:9070");
  });
});

describe("maxima", () => {
  it("bound what services ask for, where they are given", () => {
    const file = 'max-journal-retention = "2d"\n[admin]\ndeployment-routing-headers = ["x-a"]\n';
    const variables = { RESTATE_MAX_RETRY_POLICY_MAX_ATTEMPTS: "5" };
    const config = resolve({ file, variables });
    expect(toDefaults(config).maxima).toEqual({
      journalRetentionMs: 172_800_000,
      idempotencyRetentionMs: undefined,
      workflowRetentionMs: undefined,
      retryMaxAttempts: 5,
    });
    expect(config.options.routingHeaders.value).toEqual(["x-a"]);
    expect(toDefaults(resolve({}))).not.toHaveProperty("maxima");
  });

  it("may be lifted by a variable", () => {
    const file = 'max-journal-retention = "2d"\n';
    const variables = { REJOIN_MAX_JOURNAL_RETENTION: "unlimited" };
    expect(toDefaults(resolve({ file, variables }))).not.toHaveProperty("maxima");
  });

  it("and headers to route by must be well-formed", () => {
    const of = (text: string) => ({
      variables: { REJOIN_ADMIN__DEPLOYMENT_ROUTING_HEADERS: text },
    });
    expect(resolve(of("x-a, X-B")).options.routingHeaders.value).toEqual(["x-a", "X-B"]);
    expect(failureOf(of("a b")).message).toContain("names of headers");
    expect(failureOf({ file: "max-journal-retention = 5" }).message).toContain('or "unlimited"');
  });
});

describe("names of hosts", () => {
  const of = (text: string) => ({ flags: { "admin-allowed-hosts": text } });
  const file = 'admin-allowed-hosts = ["a.example", "*.b.example"]\n';

  it("are a list", () => {
    expect(resolve({}).options.adminAllowedHosts.value).toEqual([]);
    expect(resolve({ file }).options.adminAllowedHosts.value).toEqual(["a.example", "*.b.example"]);
    expect(resolve(of("a, .b.c,*")).options.adminAllowedHosts.value).toEqual(["a", ".b.c", "*"]);
  });

  it.each(["http://a", "a:80", "a b", "", "a,,b", "a.*"])("cannot be %j", (text) => {
    expect(failureOf(of(text)).message).toContain("must be names of hosts such as");
  });
});

describe("a proxy", () => {
  it("is taken from the variables that other programs know too", () => {
    const variables = { HTTP_PROXY: "http://p:1", NO_PROXY: "a.example, .b.example 10.0.0.0/8" };
    expect(toOutgoing(resolve({ variables }))).toMatchObject({
      httpProxy: "http://p:1",
      noProxy: ["a.example", ".b.example", "10.0.0.0/8"],
    });
    const own = { ...variables, REJOIN_HTTP_PROXY: "p:2", REJOIN_NO_PROXY: "*" };
    expect(toOutgoing(resolve({ variables: own }))).toMatchObject({
      httpProxy: "p:2",
      noProxy: ["*"],
    });
    const file = 'http-proxy = "http://q:3"\nno-proxy = ["c"]\n';
    expect(toOutgoing(resolve({ file }))).toMatchObject({
      httpProxy: "http://q:3",
      noProxy: ["c"],
    });
  });

  it("may have a password, which is printed nowhere", () => {
    const config = resolve({ variables: { HTTP_PROXY: "http://ada:secret@p:1" } });
    expect(config.options.httpProxy.value).toBe("http://ada:secret@p:1");
    expect(dumpConfig(config)).toContain('http-proxy = "http://***@p:1" # from HTTP_PROXY');
    const { message } = failureOf({ variables: { HTTP_PROXY: "ftp://ada:secret@p:1" } });
    expect(message).toBe(
      "HTTP_PROXY is not well-formed: it must be the address of a proxy such as http://proxy.example.com:3128",
    );
  });
});

describe("precedence", () => {
  const file = 'data-dir = "file"\nlog-level = "error"\n';

  it("is file, then variable, then flag", () => {
    const dataDir = (given: Given) => resolve({ file, ...given }).options.dataDir;
    const variables = { REJOIN_DATA_DIR: "variable", RESTATE_BASE_DIR: "fallback" };
    const flags = { "data-dir": "flag" };
    expect(dataDir({})).toMatchObject({ value: "file", source: "rejoin.toml, line 1" });
    expect(dataDir({ variables: { RESTATE_BASE_DIR: "fallback" } })).toMatchObject({
      value: "fallback",
      source: "RESTATE_BASE_DIR",
    });
    expect(dataDir({ variables })).toMatchObject({ value: "variable", source: "REJOIN_DATA_DIR" });
    expect(dataDir({ variables, flags })).toMatchObject({ value: "flag", source: "--data-dir" });
  });

  it("takes an empty variable for none", () => {
    expect(resolve({ file, variables: { REJOIN_LOG_LEVEL: "" } }).options.logLevel.value).toBe(
      "error",
    );
  });
});

describe("requests to deployments", () => {
  it("are made as the file says", () => {
    const file = [
      'cluster-name = "c"',
      'request-identity-private-key-pem-file = "keys/private.pem"',
      'request-identity-expiration = "5s"',
      'connect-timeout = "3s"',
      'request-compression-threshold = "1MiB"',
      'aws-profile = "staging"',
      'aws-assume-role-external-id = "shared"',
      "[additional-request-headers]",
      'x-team = "orders"',
    ].join("\n");
    const config = resolve({ file });
    expect(toOutgoing(config)).toEqual({
      additionalHeaders: { "x-restate-cluster-name": "c", "x-team": "orders" },
      identityExpirationMs: 5000,
      connectTimeoutMs: 3000,
      httpProxy: undefined,
      noProxy: [],
      lambda: { profile: "staging", externalId: "shared", compressFromBytes: 2 ** 20 },
    });
    expect(config.options.identityKeyFile.value).toBe("keys/private.pem");
    expect(config.options.requestHeaders.source).toBe("rejoin.toml, line 8");
  });

  it("are made as the variables of the Restate server say", () => {
    const invoker = "RESTATE_WORKER__INVOKER__";
    const variables = {
      RESTATE_CLUSTER_NAME: "c",
      [`${invoker}ADDITIONAL_REQUEST_HEADERS`]: '{"x-restate-cluster-name":"other"}',
      [`${invoker}REQUEST_IDENTITY_PRIVATE_KEY_PEM_FILE`]: "private.pem",
      [`${invoker}AWS_PROFILE`]: "staging",
      AWS_EXTERNAL_ID: "shared",
    };
    const config = resolve({ variables });
    expect(toOutgoing(config)).toMatchObject({
      additionalHeaders: { "x-restate-cluster-name": "other" },
      lambda: { profile: "staging", externalId: "shared" },
    });
    expect(config.options.identityKeyFile.value).toBe("private.pem");
  });

  it("have headers that are texts", () => {
    const { message } = failureOf({ file: "additional-request-headers = { x-a = 1 }" });
    expect(message).toContain("rejoin.toml, line 1: additional-request-headers is");
    expect(message).toContain("a table of texts");
  });
});

describe("variables", () => {
  it("are named after the keys", () => {
    const config = resolve({
      variables: {
        REJOIN_MAX_PROTOCOL_VERSION: "6",
        REJOIN_ACCEPT_DATA_LOSS: "true",
        REJOIN_DEFAULT_ABORT_TIMEOUT: "PT1M",
        REJOIN_DEFAULT_RETRY_POLICY__ON_MAX_ATTEMPTS: "kill",
        REJOIN_LIMITS__ATTEMPTS_MAX: "10",
        REJOIN_LIMITS__REQUEST_BYTES_MAX: "1MiB",
        REJOIN_LIMITS__RETENTION_INTERVAL: "1m",
      },
    });
    expect(config.options.maxProtocolVersion.value).toBe(6);
    expect(config.options.acceptDataLoss.value).toBe(true);
    expect(toDefaults(config).abortTimeoutMs).toBe(60_000);
    expect(toDefaults(config).retryPolicy.onMaxAttempts).toBe("kill");
    expect(toLimits(config)).toMatchObject({
      attemptsMax: 10,
      requestBytesMax: 1_048_576,
      retentionIntervalMs: 60_000,
    });
  });

  it("of Restate are read where they mean the same", () => {
    const config = resolve({
      variables: {
        RESTATE_INGRESS__BIND_ADDRESS: ":8081",
        RESTATE_ADMIN__BIND_PORT: "9071",
        RESTATE_LOG_FORMAT: "compact",
        RUST_LOG: "warn,restate_worker=debug",
        RESTATE_DISABLE_PROMETHEUS: "true",
        OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318/",
        RESTATE_TRACING_HEADERS: "authorization=Bearer x",
        RESTATE_SHUTDOWN_TIMEOUT: "5s",
        RESTATE_WORKER__INVOKER__INACTIVITY_TIMEOUT: "5m",
        RESTATE_WORKER__INVOKER__ABORT_TIMEOUT: "6m",
        RESTATE_DEFAULT_JOURNAL_RETENTION: "1h",
        RESTATE_DEFAULT_IDEMPOTENCY_RETENTION: "2h",
        RESTATE_DEFAULT_WORKFLOW_COMPLETION_RETENTION: "3h",
        RESTATE_DEFAULT_RETRY_POLICY__INITIAL_INTERVAL: "1s",
        RESTATE_DEFAULT_RETRY_POLICY__EXPONENTIATION_FACTOR: "3.0",
        RESTATE_DEFAULT_RETRY_POLICY__MAX_INTERVAL: "1 min",
        RESTATE_DEFAULT_RETRY_POLICY__MAX_ATTEMPTS: "unlimited",
        RESTATE_WORKER__INVOKER__CONCURRENT_INVOCATIONS_LIMIT: "17",
        RESTATE_INGRESS__REQUEST_SIZE_LIMIT: "2 MiB",
        RESTATE_WORKER__CLEANUP_INTERVAL: "1h",
      },
    });
    const { options } = config;
    expect(options.ingressAddress.value).toBe("0.0.0.0:8081");
    expect(options.adminAddress.value).toBe("0.0.0.0:9071");
    expect(options.logFormat.value).toBe("compact");
    expect(options.logLevel.value).toBe("debug");
    expect(options.noMetrics.value).toBe(true);
    expect(toTracing(config)).toEqual({
      endpoint: "http://collector:4318/v1/traces",
      headers: { authorization: "Bearer x" },
    });
    expect(options.shutdownTimeout.value).toBe(5000);
    expect(toDefaults(config)).toEqual({
      inactivityTimeoutMs: 300_000,
      abortTimeoutMs: 360_000,
      journalRetentionMs: 3_600_000,
      idempotencyRetentionMs: 7_200_000,
      workflowRetentionMs: 10_800_000,
      retryPolicy: {
        initialIntervalMs: 1000,
        exponentiationFactor: 3,
        maxIntervalMs: 60_000,
        maxAttempts: undefined,
        onMaxAttempts: "pause",
      },
    });
    expect(toLimits(config)).toMatchObject({
      attemptsMax: 17,
      requestBytesMax: 2_097_152,
      retentionIntervalMs: 3_600_000,
    });
  });
});

describe("the file", () => {
  it("has tables, dotted keys and inline tables", () => {
    for (const file of [
      "[default-retry-policy]\nmax-attempts = 3\n",
      "default-retry-policy.max-attempts = 3\n",
      "default-retry-policy = { max-attempts = 3 }\n",
    ]) {
      expect(toDefaults(resolve({ file })).retryPolicy.maxAttempts).toBe(3);
    }
  });

  it.each([
    ["# c\ndata-dirr = 1", "rejoin.toml, line 2: unknown key data-dirr", "did you mean data-dir?"],
    [
      "[limits]\nnope-nope = 1",
      "rejoin.toml, line 2: unknown key limits.nope-nope",
      "--dump-config",
    ],
    ["\n[nope]\na = 1", "rejoin.toml, line 2: unknown key nope", "--dump-config"],
    ['x = """\ndata-dir = 1\n"""', "rejoin.toml, line 1: unknown key x", "--dump-config"],
    ["limits.attempt-max = 1", "line 1: unknown key limits.attempt-max", "limits.attempts-max"],
    ["limits = 5", "rejoin.toml, line 1: unknown key limits", ""],
  ])("%j has an unknown key", (file, message, hint) => {
    const error = failureOf({ file });
    expect(error).toMatchObject({ exitCode: 1, message: expect.stringContaining(message) });
    expect(error.hint).toContain(hint);
  });

  it.each([
    ['log-level = "loud"', 'rejoin.toml, line 1: log-level is "loud": it must be one of debug,'],
    ["\nshutdown-timeout = 5", "line 2: shutdown-timeout is 5: it must be a duration such as"],
    [
      "[limits]\n\nattempts-max = -1",
      "line 3: limits.attempts-max is -1: it must be a whole number",
    ],
    ["max-protocol-version = 8", "it must be a whole number from 5 to 7"],
    ["data-dir = ", "rejoin.toml, line 1: this is no TOML"],
    ["a = 1\na = 2", "rejoin.toml, line 2: this is no TOML"],
  ])("%j has a bad value", (file, message) => {
    expect(failureOf({ file }).message).toContain(message);
  });
});

describe("mistakes elsewhere", () => {
  it("name the variable", () => {
    const variables = { RESTATE_WORKER__INVOKER__ABORT_TIMEOUT: "soon" };
    expect(failureOf({ variables })).toMatchObject({
      exitCode: 1,
      message: expect.stringMatching(/^RESTATE_WORKER__INVOKER__ABORT_TIMEOUT is "soon": it must/),
    });
  });

  it("name the flag, and are mistakes of the command line", () => {
    const flags = { "ingress-address": "8080" };
    expect(failureOf({ flags })).toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(/^--ingress-address is "8080": it must be an address/),
    });
  });

  it("between limits are told", () => {
    const file = "[limits]\nqueue-records-max = 1\n";
    expect(failureOf({ file }).message).toBe(
      "the limits contradict one another: the queue is shorter than a batch",
    );
  });
});

describe("the dump", () => {
  it("gives the same configuration when it is read", () => {
    const file = '[limits]\nattempts-max = 3\nbatch-bytes-max = "5000000B"\n';
    const config = resolve({ file, variables: { REJOIN_DEFAULT_ABORT_TIMEOUT: "1m 1ms" } });
    const again = resolve({ file: dumpConfig(config) });
    expect(toLimits(again)).toEqual(toLimits(config));
    expect(toDefaults(again)).toEqual(toDefaults(config));
    const values = (own: typeof config) => Object.values(own.options).map(({ value }) => value);
    expect(values(again)).toEqual(values(config));
  });

  it("says where a value comes from", () => {
    const text = dumpConfig(resolve({ variables: { RESTATE_BASE_DIR: "/x" } }));
    expect(text).toContain('\ndata-dir = "/x" # from RESTATE_BASE_DIR\n');
    expect(text).toContain('\nlog-level = "info"\n');
  });
});
