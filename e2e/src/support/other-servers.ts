/** Servers that are no service endpoints. */
import { createServer as createHttp1 } from "node:http";
import { createServer as createHttp2, type ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";

export interface FixedAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export interface OtherServer {
  readonly url: string;
  close(): void;
}

/** Answers everything with the same. */
export async function serveFixedAnswer(
  version: "HTTP/1.1" | "HTTP/2",
  { status, contentType, body }: FixedAnswer,
): Promise<OtherServer> {
  const headers = { "content-type": contentType };
  const sessions = new Set<ServerHttp2Session>();
  const server =
    version === "HTTP/1.1"
      ? createHttp1((_, response) => response.writeHead(status, headers).end(body))
      : createHttp2((_, response) => {
          response.writeHead(status, headers);
          response.end(body);
        }).on("session", (session) => sessions.add(session));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      for (const session of sessions) session.destroy();
    },
  };
}
