/**
 * An exporter whose failures stay its own: they are counted and logged, once in a while, and nobody
 * waits for it or hears of them otherwise. Spans that cannot be exported are dropped.
 */
import { type ExportResult, ExportResultCode } from "@opentelemetry/core";
import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace-base";
import type { Clock, Log } from "../../ports/ports.ts";
import { Counter } from "../metrics/instruments.ts";

export interface ExportWatchOptions {
  readonly exporter: SpanExporter;
  /** For messages. */
  readonly url: string;
  readonly clock: Clock;
  readonly log: Log;
}

const LOG_EVERY_MS = 60_000;

export class ExportWatch implements SpanExporter {
  readonly exported = new Counter();
  readonly dropped = new Counter();
  private readonly options: ExportWatchOptions;
  private isFailing = false;
  private loggedAt = Number.NEGATIVE_INFINITY;
  private droppedSinceLog = 0;

  constructor(options: ExportWatchOptions) {
    this.options = options;
  }

  /** Whether the last export has failed: the next ones probably will. */
  get hasFailed(): boolean {
    return this.isFailing;
  }

  /** Always tells success: that it failed has been said already. */
  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    const { exporter } = this.options;
    exporter.export(spans, ({ code, error }) => {
      if (code === ExportResultCode.SUCCESS) this.succeeded(spans.length);
      else this.failed(spans.length, error);
      done({ code: ExportResultCode.SUCCESS });
    });
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

  private failed(count: number, error: Error | undefined): void {
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

function reasonOf(error: Error | undefined): string {
  if (error === undefined) return "no reason is known";
  // What Node says of a host with several addresses has no text of its own.
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  return error.message || code || error.name;
}
