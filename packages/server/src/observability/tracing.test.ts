/** Traces of a server that runs, as a collector gets them. */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http2";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseInvocationId, spanIdOfAttempt, traceIdOfInvocation } from "@rejoin/protocol";
import {
  type Context,
  createEndpointHandler,
  type HooksProvider,
  service,
  TerminalError,
} from "@rejoin/sdk";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Collector, startCollector } from "./testing/collector.ts";
import { createHandlerSpans } from "./testing/handler-spans.ts";
import { type ObservedServer, startObserved } from "./testing/observed-server.ts";

const PATIENCE = { timeout: 15_000 };
const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";

/** What attempts were told, by the target. */
function createServices(thinking: (() => Promise<number>)[] = []) {
  const told = new Map<string, ReadonlyMap<string, string>[]>();
  const own = createHandlerSpans();
  const hooks: HooksProvider = ({ request }) => {
    const target = String(request.target);
    const headers = request.attemptHeaders as ReadonlyMap<string, string>;
    told.set(target, [...(told.get(target) ?? []), headers]);
    return {};
  };
  const leaf = service({
    name: "leaf",
    handlers: { run: async (_ctx: Context, n: number): Promise<number> => n + 1 },
    options: { hooks: [hooks, own.hook] },
  });
  let stumbles = 1;
  const worker = service({
    name: "worker",
    handlers: {
      add: async (ctx: Context, n: number): Promise<number> => {
        await ctx.run("think", () => 42);
        return await ctx.serviceClient(leaf).run(n);
      },
      send: async (ctx: Context, n: number): Promise<string> =>
        await ctx.serviceSendClient(leaf).run(n).invocationId,
      stumble: async (ctx: Context): Promise<number> => {
        const sum = await ctx.serviceClient(leaf).run(1);
        if (stumbles-- > 0) throw new Error("oops");
        return sum;
      },
      fail: async (): Promise<never> => {
        throw new TerminalError("no luck", { errorCode: 418 });
      },
      think: async (ctx: Context): Promise<number> =>
        await ctx.run("think", () => (thinking.shift() ?? (() => Promise.resolve(42)))()),
      later: async (ctx: Context): Promise<number> => {
        await ctx.sleep(30);
        return await ctx.serviceClient(leaf).run(1);
      },
    },
    options: { hooks: [hooks, own.hook], retryPolicy: { initialInterval: 1 } },
  });
  return { services: [worker, leaf], told, own };
}

async function startTraced(
  options: Parameters<typeof startObserved>[0] = {},
): Promise<{ server: ObservedServer; collector: Collector }> {
  const collector = await startCollector();
  const server = await startObserved({ tracing: { endpoint: collector.url }, ...options });
  return { server, collector };
}

function traceParent(headers: ReadonlyMap<string, string> | undefined) {
  const [, traceId, spanId, flags] = headers?.get("traceparent")?.split("-") ?? [];
  return { traceId, spanId, flags };
}

describe("traces", () => {
  it("lead from the caller through the request and its attempts to children", async () => {
    const { services, told, own } = createServices();
    const { server, collector } = await startTraced({ services });
    const headers = { traceparent: `00-${TRACE}-${SPAN}-01`, tracestate: "vendor=x" };
    const answer = await server.invoke("/worker/add", 1, headers);
    expect(await answer.json()).toBe(2);
    await server.close();

    const ingress = collector.find("ingress worker/add");
    const invocation = collector.find("invocation worker/add");
    const attempt = collector.find("attempt worker/add");
    const child = collector.find("invocation leaf/run");
    const childAttempt = collector.find("attempt leaf/run");
    const all = [ingress, invocation, attempt, child, childAttempt];
    expect(all.map((span) => span.traceId)).toEqual(all.map(() => TRACE));
    expect(all.map((span) => span.parentSpanId)).toEqual([
      SPAN,
      ingress.spanId,
      invocation.spanId,
      attempt.spanId,
      child.spanId,
    ]);
    expect(collector.spans).toHaveLength(all.length);

    const id = answer.headers.get("x-restate-id") ?? "";
    expect(ingress.attributes).toMatchObject({
      "restate.invocation.id": id,
      "restate.invocation.target": "worker/add",
      "rpc.service": "worker",
      "rpc.method": "add",
      "http.response.status_code": 200,
    });
    expect(attempt.attributes).toMatchObject({ "restate.deployment.id": "embedded:main" });
    expect(attempt.events).toEqual(["run", "run completed", "call", "output"]);
    expect(invocation.attributes["restate.invocation.result"]).toBe("success");
    expect(attempt.spanId).toBe(spanIdOfAttempt(parseInvocationId(id), 1));
    expect(invocation.resource).toMatchObject({ "service.name": "rejoin" });
    for (const span of all) expect(span.endNanos).toBeGreaterThanOrEqual(span.startNanos);
    expect(ingress.startNanos).toBeLessThanOrEqual(attempt.startNanos);

    // The SDK is told which span its own belong to.
    const [seen] = told.get("worker/add") ?? [];
    expect(traceParent(seen)).toEqual({ traceId: TRACE, spanId: attempt.spanId, flags: "01" });
    expect(seen?.get("tracestate")).toBe("rejoin=1,vendor=x");
    expect(traceParent(told.get("leaf/run")?.[0]).spanId).toBe(childAttempt.spanId);
    const handler = own.find("attempt worker/add");
    expect(handler.parentSpanContext?.spanId).toBe(attempt.spanId);
    expect(own.find("run (think)").parentSpanContext?.spanId).toBe(handler.spanContext().spanId);
    expect(own.find("attempt leaf/run").spanContext().traceId).toBe(TRACE);
  });

  it("begin with a request that has no context, and anew with each send", async () => {
    const { services } = createServices();
    const { server, collector } = await startTraced({ services });
    const sentId = (await (await server.invoke("/worker/send", 1)).json()) as string;
    const attach = await fetch(`${server.ingressUrl}/restate/invocation/${sentId}/attach`);
    expect(await attach.json()).toBe(2);
    await server.close();

    const ingress = collector.find("ingress worker/send");
    const attempt = collector.find("attempt worker/send");
    const sent = collector.find("invocation leaf/run");
    expect(ingress.parentSpanId).toBe("");
    expect(attempt.traceId).toBe(ingress.traceId);
    expect(sent.traceId).toBe(traceIdOfInvocation(parseInvocationId(sentId)));
    expect(sent.parentSpanId).toBe("");
    expect(sent.links).toMatchObject([{ traceId: ingress.traceId, spanId: attempt.spanId }]);
    expect(collector.find("attempt leaf/run").parentSpanId).toBe(sent.spanId);
  });

  it("are different ones for requests that have nothing to do with one another", async () => {
    const { services } = createServices();
    const { server, collector } = await startTraced({ services });
    for (let n = 0; n < 3; n++)
      expect(await (await server.invoke("/worker/add", n)).json()).toBe(n + 1);
    await server.close();
    const roots = collector.spans.filter(({ name }) => name === "ingress worker/add");
    expect(new Set(roots.map(({ traceId }) => traceId)).size).toBe(3);
    for (const { traceId } of roots) {
      expect(collector.spans.filter((span) => span.traceId === traceId)).toHaveLength(5);
    }
    expect(new Set(collector.spans.map(({ spanId }) => spanId)).size).toBe(15);
  });

  it("have a span for each attempt, and say how it ended", async () => {
    const { services } = createServices();
    const { server, collector } = await startTraced({ services });
    expect(await (await server.invoke("/worker/stumble")).json()).toBe(2);
    expect((await server.invoke("/worker/fail")).status).toBe(418);
    await server.close();

    const failed = collector.find("attempt worker/stumble", { "rejoin.attempt.result": "failed" });
    const ended = collector.find("attempt worker/stumble", {
      "rejoin.attempt.result": "completed",
    });
    expect(failed.status).toBe(2);
    expect(failed.attributes["restate.error.code"]).toBe("RT0007");
    expect(ended.spanId).not.toBe(failed.spanId);
    expect(ended.parentSpanId).toBe(failed.parentSpanId);
    const failure = collector.find("invocation worker/fail");
    expect(failure.status).toBe(2);
    expect(failure.attributes["restate.invocation.error.code"]).toBe(418);
    expect(collector.find("ingress worker/fail").status).toBe(2);
  });

  it("are not made of what the caller does not sample, down to the last child", async () => {
    const { services, told } = createServices();
    const { server, collector } = await startTraced({ services });
    const headers = { traceparent: `00-${TRACE}-${SPAN}-00` };
    expect(await (await server.invoke("/worker/add", 1, headers)).json()).toBe(2);
    await server.close();
    expect(collector.requests).toEqual([]);
    const seen = traceParent(told.get("leaf/run")?.[0]);
    expect([seen.traceId, seen.flags]).toEqual([TRACE, "00"]);
  });

  it("go on after a restart", async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "rejoin-tracing-"));
    onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
    const { services } = createServices();
    const collector = await startCollector();
    const options = { services, dataDir, tracing: { endpoint: collector.url } };
    const first = await startObserved(options);
    const headers = { traceparent: `00-${TRACE}-${SPAN}-01` };
    const sent = await first.invoke("/worker/later/send", undefined, headers);
    const { invocationId } = (await sent.json()) as { invocationId: string };
    await first.close();

    const second = await startObserved(options);
    const attach = await fetch(`${second.ingressUrl}/restate/invocation/${invocationId}/attach`);
    expect(await attach.json()).toBe(2);
    await second.close();
    const root = collector.find("invocation worker/later");
    expect(root.parentSpanId).toBe(collector.find("ingress worker/later").spanId);
    const attempts = collector.spans.filter(({ name }) => name === "attempt worker/later");
    expect(new Set(attempts.map((span) => span.spanId)).size).toBe(attempts.length);
    expect(attempts.every((span) => span.parentSpanId === root.spanId)).toBe(true);
    const parents = attempts.map((span) => span.spanId);
    expect(parents).toContain(collector.find("invocation leaf/run").parentSpanId);
  });

  it("have one span of an attempt that the end of the server interrupts", async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "rejoin-tracing-"));
    onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
    let begun: () => void = () => undefined;
    const hasBegun = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const { services } = createServices([() => new Promise<never>(() => begun())]);
    const collector = await startCollector();
    const options = { services, dataDir, tracing: { endpoint: collector.url } };
    const first = await startObserved(options);
    const sent = await first.invoke("/worker/think/send");
    const { invocationId } = (await sent.json()) as { invocationId: string };
    await hasBegun;
    await first.close();
    expect(collector.spans.map(({ name }) => name)).toEqual(["ingress worker/think"]);

    const second = await startObserved(options);
    const attach = await fetch(`${second.ingressUrl}/restate/invocation/${invocationId}/attach`);
    expect(await attach.json()).toBe(42);
    await second.close();
    const attempt = collector.find("attempt worker/think");
    expect(attempt.parentSpanId).toBe(collector.find("invocation worker/think").spanId);
  });

  it("reach deployments over HTTP/2", async () => {
    const { services, told, own } = createServices();
    const { server, collector } = await startTraced();
    const endpoint = createServer(createEndpointHandler({ services, logger: () => undefined }));
    await new Promise<void>((resolve) => endpoint.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void endpoint.close());
    const { port } = endpoint.address() as AddressInfo;
    const registered = await fetch(`${server.adminUrl}/deployments`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ uri: `http://127.0.0.1:${port}` }),
    });
    expect(registered.status).toBe(201);
    expect(await (await server.invoke("/worker/add", 1)).json()).toBe(2);
    await server.close();
    const attempt = collector.find("attempt worker/add");
    expect(traceParent(told.get("worker/add")?.[0])).toMatchObject({
      traceId: attempt.traceId,
      spanId: attempt.spanId,
    });
    const child = collector.find("attempt leaf/run");
    expect(child.traceId).toBe(attempt.traceId);
    expect(traceParent(told.get("leaf/run")?.[0]).spanId).toBe(child.spanId);
    expect(own.find("attempt leaf/run").parentSpanContext?.spanId).toBe(child.spanId);
  });

  it("are sent with the headers and under the name that were given", async () => {
    const { services } = createServices();
    const collector = await startCollector();
    const server = await startObserved({
      services,
      tracing: {
        endpoint: `otlp+${collector.url}/own/path`,
        headers: { authorization: "Bearer x" },
        serviceName: "orders",
      },
    });
    await server.invoke("/leaf/run", 1);
    await server.close();
    expect(collector.requests[0]).toMatchObject({
      path: "/own/path",
      headers: { authorization: "Bearer x", "content-type": "application/json" },
    });
    expect(collector.find("attempt leaf/run").resource["service.name"]).toBe("orders");
  });
});

describe("without tracing", () => {
  it("handlers are told nothing, and headers stay as they came", async () => {
    const { services, told } = createServices();
    const server = await startObserved({ services });
    const headers = { traceparent: `00-${TRACE}-${SPAN}-01` };
    expect(await (await server.invoke("/worker/add", 1, headers)).json()).toBe(2);
    expect(told.get("worker/add")?.[0]?.has("traceparent")).toBe(false);
    expect(told.get("leaf/run")?.[0]?.has("traceparent")).toBe(false);
  });
});

describe("a collector that is not there", () => {
  it("holds nothing up and is logged once, and closing does not wait for it", async () => {
    const gone = createTcpServer();
    await new Promise<void>((resolve) => gone.listen(0, "127.0.0.1", resolve));
    const { port } = gone.address() as AddressInfo;
    await new Promise((resolve) => gone.close(resolve));
    process.env.OTEL_BSP_SCHEDULE_DELAY = "1";
    process.env.OTEL_EXPORTER_OTLP_TIMEOUT = "50";
    onTestFinished(() => {
      delete process.env.OTEL_BSP_SCHEDULE_DELAY;
      delete process.env.OTEL_EXPORTER_OTLP_TIMEOUT;
    });
    const { services } = createServices();
    const lines: string[] = [];
    const server = await startObserved({
      services,
      tracing: { endpoint: `http://127.0.0.1:${port}` },
      log: (_level, message) => void lines.push(message),
    });
    const dropped = async () => (await server.scrape()).value("rejoin_trace_spans_dropped_total");
    for (let i = 1; i <= 2; i++) {
      const before = await dropped();
      expect(await (await server.invoke("/worker/add", 1)).json()).toBe(2);
      await expect.poll(dropped, PATIENCE).toBeGreaterThan(before);
    }
    await server.close();
    const failures = lines.filter((line) => line.startsWith("traces cannot be exported to"));
    expect(failures).toHaveLength(1);
    expect(failures[0]).toContain(`http://127.0.0.1:${port}/v1/traces`);
  });

  it("must have an address", async () => {
    for (const endpoint of ["collector", "grpc://localhost:4317", "http://a:b@localhost"]) {
      await expect(startObserved({ tracing: { endpoint } })).rejects.toMatchObject({
        code: "TRACING_ENDPOINT",
      });
    }
  });
});
