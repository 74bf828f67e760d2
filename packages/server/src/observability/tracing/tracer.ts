/**
 * Makes spans whose ids and times are given, and exports them in batches behind everything else.
 *
 * What the standard variables say of sampling, limits, batches and resources holds: `OTEL_TRACES_SAMPLER`,
 * `OTEL_BSP_…`, `OTEL_SERVICE_NAME` and so on.
 */
import {
  type Attributes,
  createTraceState,
  type Tracer as OtelTracer,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  TraceFlags,
  trace,
} from "@opentelemetry/api";
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from "@opentelemetry/resources";
import {
  AlwaysOnSampler,
  BasicTracerProvider,
  BatchSpanProcessor,
  type IdGenerator,
  type SpanExporter,
} from "@opentelemetry/sdk-trace-base";
import type { TraceContext } from "@rejoin/protocol";
import type { RandomSource } from "../../ports/ports.ts";

export interface TracerOptions {
  readonly exporter: SpanExporter;
  readonly random: RandomSource;
  readonly version: string;
  /** Instead of `OTEL_SERVICE_NAME`, or of `rejoin`. */
  readonly serviceName: string | undefined;
}

/** A span that belongs to an invocation: its ids follow from there. */
export interface SpanPlace {
  readonly traceId: string;
  readonly spanId: string;
  readonly parent: TraceContext | undefined;
  readonly link: TraceContext | undefined;
}

export interface SpanOptions {
  readonly name: string;
  readonly startedAt: number;
  readonly attributes: Attributes;
}

/** Spans that wait to be exported; beyond, what is new is dropped. */
const QUEUE_MAX = 16_384;

export class Tracer {
  private readonly ids: Ids;
  private readonly processor: BatchSpanProcessor;
  private readonly requests: OtelTracer;
  private readonly others: OtelTracer;

  constructor({ exporter, random, version, serviceName }: TracerOptions) {
    this.ids = new Ids(random);
    const isSet = process.env.OTEL_BSP_MAX_QUEUE_SIZE !== undefined;
    this.processor = new BatchSpanProcessor(exporter, isSet ? {} : { maxQueueSize: QUEUE_MAX });
    const resource = resourceOf(serviceName, version);
    const own = { resource, idGenerator: this.ids, spanProcessors: [this.processor] };
    // What is sampled is decided when a request comes, and stored with its invocation.
    const decided = new BasicTracerProvider({ ...own, sampler: new AlwaysOnSampler() });
    this.requests = new BasicTracerProvider(own).getTracer("rejoin", version);
    this.others = decided.getTracer("rejoin", version);
  }

  /** A request that came with this context; whether it is sampled its own context says. */
  startRequest(options: SpanOptions, parent: TraceContext | undefined, state?: string): Span {
    const { name, startedAt, attributes } = options;
    const context =
      parent === undefined
        ? ROOT_CONTEXT
        : trace.setSpanContext(ROOT_CONTEXT, toSpanContext(parent, state));
    const own = { kind: SpanKind.SERVER, startTime: startedAt, attributes };
    return this.requests.startSpan(name, own, context);
  }

  /** A span of an invocation that is sampled. */
  startSpan(options: SpanOptions, { traceId, spanId, parent, link }: SpanPlace): Span {
    const { name, startedAt, attributes } = options;
    const context =
      parent === undefined
        ? ROOT_CONTEXT
        : trace.setSpanContext(ROOT_CONTEXT, toSpanContext({ ...parent, traceId }));
    const links = link === undefined ? [] : [{ context: toSpanContext(link) }];
    const own = { kind: SpanKind.INTERNAL, startTime: startedAt, attributes, links };
    return this.ids.given({ traceId, spanId }, () => this.others.startSpan(name, own, context));
  }

  /** Exports what there is, and nothing after that. */
  async shutdown(): Promise<void> {
    await this.processor.shutdown();
  }
}

/** Ids that are given for a span, or random ones. */
class Ids implements IdGenerator {
  private readonly random: RandomSource;
  private own: Pick<SpanPlace, "traceId" | "spanId"> | undefined;

  constructor(random: RandomSource) {
    this.random = random;
  }

  /** What `make` starts gets these; the id of its trace is asked for only if it has no parent. */
  given<T>(ids: Pick<SpanPlace, "traceId" | "spanId">, make: () => T): T {
    this.own = ids;
    try {
      return make();
    } finally {
      this.own = undefined;
    }
  }

  readonly generateTraceId = (): string => this.own?.traceId ?? this.hex(16);

  readonly generateSpanId = (): string => this.own?.spanId ?? this.hex(8);

  private hex(length: number): string {
    return Buffer.from(this.random.bytes(length)).toString("hex");
  }
}

function toSpanContext({ traceId, spanId, sampled }: TraceContext, state?: string): SpanContext {
  const traceFlags = sampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  const rest = state === undefined ? {} : { traceState: createTraceState(state) };
  return { traceId, spanId, traceFlags, isRemote: true, ...rest };
}

function resourceOf(serviceName: string | undefined, version: string) {
  const named = serviceName === undefined ? {} : { "service.name": serviceName };
  return defaultResource()
    .merge(resourceFromAttributes({ "service.name": "rejoin", "service.version": version }))
    .merge(detectResources({ detectors: [envDetector] }))
    .merge(resourceFromAttributes(named));
}
