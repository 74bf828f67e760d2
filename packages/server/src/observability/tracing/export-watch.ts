/**
 * An exporter whose failures stay its own: they are counted and logged, once in a while, and nobody
 * waits for it or hears of them otherwise. Spans that cannot be exported are dropped.
 */
import { type ExportResult, ExportResultCode } from "@opentelemetry/core";
import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace-base";
import type { Clock, Log } from "../../ports/ports.ts";
import { Counter } from "../metrics/instruments.ts";
import type { Probe } from "./probe.ts";

export interface ExportWatchOptions {
  readonly exporter: SpanExporter;
  /** Asked before each export. */
  readonly probe?: Probe | undefined;
  /** For messages. */
  readonly url: string;
  readonly clock: Clock;
  readonly log: Log;
}

const LOG_EVERY_MS = 60_000;
const UNKNOWN = "no reason is known";
const CLOSED = "the server is shutting down";

export class ExportWatch implements SpanExporter {
  readonly exported = new Counter();
  readonly dropped = new Counter();
  private readonly options: ExportWatchOptions;
  private isFailing = false;
  private loggedAt = Number.NEGATIVE_INFINITY;
  private droppedSinceLog = 0;
  /** Ends each export that is under way, as one that has failed. */
  private readonly open = new Set<(error: Error) => void>();
  private isClosed = false;

  constructor(options: ExportWatchOptions) {
    this.options = options;
  }

  /** Whether the last export has failed: the next ones probably will. */
  get hasFailed(): boolean {
    return this.isFailing;
  }

  /** Always tells success: that it failed has been said already. */
  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    const { exporter, probe } = this.options;
    const settle = (error: Error | undefined) => {
      if (!this.open.delete(settle)) return;
      if (error === undefined) this.succeeded(spans.length);
      else this.failed(spans.length, error);
      done({ code: ExportResultCode.SUCCESS });
    };
    const send = () =>
      exporter.export(spans, ({ code, error }) =>
        settle(code === ExportResultCode.SUCCESS ? undefined : (error ?? new Error(UNKNOWN))),
      );
    this.open.add(settle);
    if (this.isClosed) settle(new Error(CLOSED));
    else if (probe === undefined) send();
    else {
      void probe().then((obstacle) => {
        if (obstacle !== undefined) settle(obstacle);
        else if (!this.isClosed) send();
      });
    }
  }

  /** Nothing is exported any more, and nobody has to wait for what is being exported. */
  close(): void {
    this.isClosed = true;
    for (const settle of this.open) settle(new Error(CLOSED));
  }

  async shutdown(): Promise<void> {
    await this.options.exporter.shutdown();
  }

  private succeeded(count: number): void {
    this.exported.add(count);
    if (!this.isFailing) return;
    this.isFailing = false;
    this.loggedAt = Number.NEGATIVE_INFINITY;
    this.options.log("info", `traces are exported to ${this.options.url} again`);
  }

  private failed(count: number, error: Error): void {
    const { clock, log, url } = this.options;
    this.dropped.add(count);
    this.droppedSinceLog += count;
    this.isFailing = true;
    const now = clock.now();
    if (now - this.loggedAt < LOG_EVERY_MS) return;
    const reason = reasonOf(error);
    log("warn", `traces cannot be exported to ${url}: ${reason}`, { spans: this.droppedSinceLog });
    this.loggedAt = now;
    this.droppedSinceLog = 0;
  }
}

function reasonOf(error: Error): string {
  // What Node says of a host with several addresses has no text of its own.
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  return error.message || code || error.name;
}
