/** A server on sockets of its own, and requests to it. Ends with the test. */
import { onTestFinished } from "vitest";
import { type RunningServer, type StartOptions, start } from "../../start.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON, `undefined` if it is not. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it as they like
  readonly json: any;
}

export interface TestServer extends RunningServer {
  /** Such as `call("GET /health")`; the body is sent as JSON. */
  call(request: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Calls a handler. */
  invoke(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
}

const quiet = () => undefined;

/** For `expect.poll` on a machine that does other things too. */
export const PATIENCE = { timeout: 15_000 };

export async function startServer(options: Partial<StartOptions> = {}): Promise<TestServer> {
  const server = await start({
    services: [],
    log: quiet,
    logger: quiet,
    drainTimeoutMs: 1,
    ...options,
  });
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= server.close();
    return closed;
  };
  onTestFinished(close);
  return {
    ...server,
    close,
    call: (request, body, headers) => {
      const [method = "GET", path = "/"] = request.split(" ");
      return send(server.adminUrl + path, { method, body, headers });
    },
    invoke: (path, body, headers) =>
      send(server.ingressUrl + path, { method: "POST", body, headers }),
  };
}

interface Sent {
  readonly method: string;
  readonly body: unknown;
  readonly headers: Record<string, string> | undefined;
}

async function send(url: string, { method, body, headers }: Sent): Promise<Answer> {
  const response = await fetch(url, {
    method,
    redirect: "manual",
    headers: {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: parseJson(text) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
