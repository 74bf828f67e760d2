/** A collector of traces: takes OTLP over HTTP and keeps what it is told. Ends with the test. */
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface CollectedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  /** "" for none. */
  readonly parentSpanId: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: readonly string[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  /** 0 unset, 1 ok, 2 error. */
  readonly status: number;
  readonly startNanos: bigint;
  readonly endNanos: bigint;
  readonly resource: Readonly<Record<string, unknown>>;
}

export interface Collector {
  readonly url: string;
  readonly spans: readonly CollectedSpan[];
  readonly requests: readonly { readonly path: string; readonly headers: IncomingHttpHeaders }[];
  /** The only span of this name that has these attributes. */
  find(name: string, attributes?: Readonly<Record<string, unknown>>): CollectedSpan;
}

// biome-ignore lint/suspicious/noExplicitAny: the JSON of OTLP, of which the tests check what matters
type Json = any;

export async function startCollector(status = 200): Promise<Collector> {
  const spans: CollectedSpan[] = [];
  const requests: { path: string; headers: IncomingHttpHeaders }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      requests.push({ path: request.url ?? "", headers: request.headers });
      if (status === 200) spans.push(...readSpans(JSON.parse(Buffer.concat(chunks).toString())));
      response.writeHead(status, { "content-type": "application/json" }).end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    spans,
    requests,
    find: (name, attributes = {}) => {
      const found = spans.filter(
        (span) =>
          span.name === name &&
          Object.entries(attributes).every(([key, value]) => span.attributes[key] === value),
      );
      const [span] = found;
      if (span === undefined || found.length > 1) {
        const names = spans.map((one) => one.name).join(", ");
        throw new Error(`${found.length} spans ${name}; there are: ${names}`);
      }
      return span;
    },
  };
}

function readSpans(body: Json): CollectedSpan[] {
  return body.resourceSpans.flatMap((group: Json) =>
    group.scopeSpans.flatMap((scope: Json) =>
      scope.spans.map((span: Json) => ({
        name: span.name,
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId ?? "",
        attributes: readAttributes(span.attributes),
        events: span.events.map((event: Json) => event.name),
        links: span.links,
        status: span.status.code ?? 0,
        startNanos: BigInt(span.startTimeUnixNano),
        endNanos: BigInt(span.endTimeUnixNano),
        resource: readAttributes(group.resource.attributes),
      })),
    ),
  );
}

function readAttributes(list: Json): Record<string, unknown> {
  return Object.fromEntries(
    list.map(({ key, value }: Json) => [key, Object.values(value as object)[0]]),
  );
}
