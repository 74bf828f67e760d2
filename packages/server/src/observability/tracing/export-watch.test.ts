/** What becomes of spans that a collector does not take. */

import { type AddressInfo, createServer } from "node:net";
import { ExportResultCode } from "@opentelemetry/core";
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base";
import { createInvocationKey } from "@rejoin/protocol";
import { describe, expect, it } from "vitest";
import { ManualPorts } from "../../testing/manual-ports.ts";
import { ServerMetrics } from "../metrics/server-metrics.ts";
import { ExportWatch } from "./export-watch.ts";
import { Tracing } from "./tracing.ts";

const SPANS = [{}, {}, {}] as unknown as ReadableSpan[];

function watch() {
  const ports = new ManualPorts();
  const lines: string[] = [];
  let failure: Error | undefined;
  const exported = new ExportWatch({
    url: "http://c/",
    clock: ports.clock,
    log: (level, message, fields) =>
      void lines.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`),
    exporter: {
      export: (_spans, done) =>
        done(
          failure === undefined
            ? { code: ExportResultCode.SUCCESS }
            : { code: ExportResultCode.FAILED, error: failure },
        ),
      shutdown: async () => undefined,
    },
  });
  const codes: number[] = [];
  const send = (error?: Error) => {
    failure = error;
    exported.export(SPANS, ({ code }) => codes.push(code));
  };
  return { ports, lines, exported, codes, send };
}

describe("an export that fails", () => {
  it("is logged at once, and then once a minute, with what was lost", async () => {
    const { ports, lines, exported, send } = watch();
    send(new Error("refused"));
    send(new Error("refused"));
    await ports.advance(59_999);
    send(new Error("refused"));
    expect(lines).toEqual(['warn traces cannot be exported to http://c/: refused {"spans":3}']);
    await ports.advance(1);
    send(Object.assign(new Error(""), { code: "ECONNREFUSED" }));
    expect(lines[1]).toBe('warn traces cannot be exported to http://c/: ECONNREFUSED {"spans":9}');
    expect([exported.dropped.value, exported.exported.value]).toEqual([12, 0]);
  });

  it("is over when one succeeds, which is said too", () => {
    const { lines, exported, codes, send } = watch();
    send();
    send(new Error("refused"));
    expect(exported.hasFailed).toBe(true);
    send();
    expect(exported.hasFailed).toBe(false);
    expect(lines[1]).toBe("info traces are exported to http://c/ again {}");
    send(new Error("refused"));
    expect(lines).toHaveLength(3);
    // Whoever exports is never told: he could only log it again.
    expect(new Set(codes)).toEqual(new Set([ExportResultCode.SUCCESS]));
  });
});

describe("closing", () => {
  it("waits for a collector that does not answer, and not for ever", async () => {
    const ports = new ManualPorts();
    const silent = new Promise<never>(() => undefined);
    const exporter = { export: () => undefined, shutdown: () => silent };
    const options = { ports, version: "0", exporter };
    const tracing = new Tracing({ endpoint: "http://127.0.0.1:4317" }, options);
    expect(ports.lines[0]?.message).toContain("port 4317 is usually for gRPC");
    let isClosed = false;
    void tracing.close().then(() => {
      isClosed = true;
    });
    await ports.advance(2999);
    expect(isClosed).toBe(false);
    await ports.advance(1);
    expect(isClosed).toBe(true);
  });

  it("leaves nothing waiting for an export that has no end", () => {
    const { ports, lines } = watch();
    const exporter = { export: () => undefined, shutdown: async () => undefined };
    const log = (_level: string, message: string) => void lines.push(message);
    const own = new ExportWatch({ exporter, url: "http://c/", clock: ports.clock, log });
    const codes: number[] = [];
    const done = ({ code }: { readonly code: number }) => void codes.push(code);
    own.export(SPANS, done);
    expect(codes).toEqual([]);
    own.close();
    own.export(SPANS, done);
    expect(codes).toEqual([ExportResultCode.SUCCESS, ExportResultCode.SUCCESS]);
    expect(own.dropped.value).toBe(6);
    expect(lines).toEqual(["traces cannot be exported to http://c/: the server is shutting down"]);
  });

  it("does not wait for a collector that is not there, which is said", async () => {
    const gone = createServer();
    await new Promise<void>((resolve) => gone.listen(0, "127.0.0.1", resolve));
    const { port } = gone.address() as AddressInfo;
    await new Promise((resolve) => gone.close(resolve));
    // Its timers never fire: closing may wait for none of them.
    const ports = new ManualPorts();
    const tracing = new Tracing({ endpoint: `http://127.0.0.1:${port}` }, { ports, version: "0" });
    const { ingress } = tracing.around(new ServerMetrics({ clock: ports.clock, version: "0" }));
    const watched = ingress.began({ header: () => undefined });
    const target = {
      service: "s",
      handler: "h",
      key: "",
      handlerKind: "service",
      scope: "",
    } as const;
    watched.asks("call", target);
    watched.invokes(createInvocationKey({ high: 0, low: 1 }, new Uint8Array(16)), []);
    watched.gone();
    await tracing.close();
    expect(ports.lines).toEqual([
      { level: "warn", message: expect.stringMatching(/cannot be exported to .*ECONNREFUSED/) },
    ]);
    expect(ports.timerCount).toBe(0);
  });
});
