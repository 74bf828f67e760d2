import { afterEach, expect, test, vi } from "vitest";
import { type Context, createInProcessEndpoint, type LogMetadata, service } from "../index.ts";
import { inputMessage, runResult, startMessage } from "../testing/messages.ts";
import { rest, Script } from "../testing/script.ts";
import { formatLogPrefix, parseLogLevel } from "./log-format.ts";

const definition = service({
  name: "svc",
  handlers: {
    run: async (ctx: Context): Promise<void> => {
      ctx.console.info("hello", 1);
      ctx.console.log("log");
      ctx.console.debug("quiet");
    },
  },
});

async function lines(env: Readonly<Record<string, string>>): Promise<string[]> {
  const written: string[] = [];
  for (const level of ["info", "debug"] as const) {
    vi.spyOn(console, level).mockImplementation((...parts) => void written.push(parts.join(" ")));
  }
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  const endpoint = createInProcessEndpoint({ services: [definition] }, { now: () => 0 });
  const request = { service: "svc", handler: "run", version: 7, headers: new Map() } as const;
  const attempt = endpoint.open(request, { send: () => {}, end: () => {} });
  attempt.receive([startMessage({ key: "k" }), inputMessage()]);
  await rest();
  return written;
}

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

test("a line names time, target and invocation", async () => {
  expect(await lines({})).toEqual([
    "[rejoin][1970-01-01T00:00:00.000Z][svc/k/run][inv_1] INFO: hello 1",
    "[rejoin][1970-01-01T00:00:00.000Z][svc/k/run][inv_1] INFO: log",
  ]);
});

test("the level is REJOIN_LOGGING, else RESTATE_LOGGING", async () => {
  expect(await lines({ RESTATE_LOGGING: "WARN" })).toEqual([]);
  const all = await lines({ REJOIN_LOGGING: "debug", RESTATE_LOGGING: "WARN" });
  expect(all.map((line) => line.replace(/^.*\] /, ""))).toEqual([
    "DEBUG: Starting invocation.",
    "INFO: hello 1",
    "INFO: log",
    "DEBUG: quiet",
    "DEBUG: Invocation completed successfully.",
  ]);
});

test("an unknown level is refused", () => {
  expect(() => parseLogLevel("LOUD")).toThrow(TypeError);
  expect(parseLogLevel("")).toBe("info");
});

test("nothing is repeated while replaying, and nothing new is lost", async () => {
  const handler = async (ctx: Context) => {
    ctx.console.info("before");
    await ctx.run("r", () => 1);
    ctx.console.info("after");
  };
  const known = [{ kind: "run", name: "r", resultCompletionId: 1 } as const, runResult(1, 1)];
  const script = await Script.play(handler, { known });
  expect(script.logs).toEqual(["info after"]);
});

test("a transport of one's own gets every line, with its metadata", async () => {
  const received: [LogMetadata, unknown][] = [];
  const endpoint = createInProcessEndpoint({
    services: [definition],
    logger: (metadata, message) => void received.push([metadata, message]),
  });
  const request = { service: "svc", handler: "run", version: 7, headers: new Map() } as const;
  const attempt = endpoint.open(request, { send: () => {}, end: () => {} });
  attempt.receive([startMessage(), inputMessage()]);
  await rest();
  expect(received[1]).toMatchObject([
    {
      source: "USER",
      level: "info",
      replaying: false,
      context: { invocationId: "inv_1", serviceName: "svc", invocationTarget: "svc/run" },
    },
    "hello",
  ]);
});

test("additional context stands behind the invocation", () => {
  const context = {
    invocationId: "inv_1",
    serviceName: "s",
    handlerName: "h",
    invocationTarget: "s/h",
    additionalContext: { AWSRequestId: "1" },
  };
  const metadata = { source: "USER", level: "warn", replaying: false, context } as const;
  expect(formatLogPrefix(metadata, "T")).toBe("[rejoin][T][s/h][inv_1][AWSRequestId: 1] WARN:");
  expect(formatLogPrefix({ source: "SYSTEM", level: "info", replaying: false }, "T")).toBe(
    "[rejoin][T] INFO:",
  );
});
