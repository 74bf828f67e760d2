/** Requests of the ingress: how many, how they were answered, how long that took. */
import type { Target } from "@rejoin/engine";
import { HEADERS, type Header, type InvocationKey } from "@rejoin/protocol";
import type { IngressObserver, RequestType, RequestWatch } from "../../ports/observers.ts";
import type { Clock } from "../../ports/ports.ts";
import { DURATION_BOUNDS } from "./bounds.ts";
import {
  bucketsOf,
  counter,
  histogram,
  type Labels,
  type Metric,
  type Sample,
  summary,
  totalsOf,
} from "./exposition.ts";
import { Counter, Family, Histogram } from "./instruments.ts";

/** How a request was answered: the words by which dashboards of the ecosystem filter. */
const RESULTS = [
  "completed",
  "request_error",
  "invocation_error",
  "ingress_error",
  "rate-limited",
] as const;
type Result = (typeof RESULTS)[number];

/** Requests of one type to one service. */
class Requests {
  readonly admitted = new Counter();
  readonly durations = new Histogram(DURATION_BOUNDS);
  readonly answered = {
    completed: new Counter(),
    request_error: new Counter(),
    invocation_error: new Counter(),
    ingress_error: new Counter(),
    "rate-limited": new Counter(),
  } as const satisfies Readonly<Record<Result, Counter>>;
}

type Requested = Family<Requests>;

export class IngressMetrics implements IngressObserver {
  private readonly clock: Clock;
  private readonly requested: Requested = new Family(() => new Requests());
  private readonly gone = new Counter();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  began(): RequestWatch {
    return new Watch(this.requested, this.gone, this.clock);
  }

  metrics(): readonly Metric[] {
    const { requested, gone } = this;
    return [
      counter(
        "rejoin_ingress_requests_total",
        "Requests of the ingress that were answered; result says how.",
        () => resultsOf(requested, OWN_LABELS, "result"),
      ),
      histogram(
        "rejoin_ingress_request_duration_seconds",
        "From the beginning of a request to its answer; a call lasts as long as its execution.",
        () => flatMap(requested, OWN_LABELS, ({ durations }, own) => bucketsOf(durations, own)),
      ),
      counter(
        "rejoin_ingress_requests_gone_total",
        "Requests whose client has closed the connection before they were answered.",
        () => gone.value,
      ),
      counter(
        "restate_ingress_requests_total",
        "As rejoin_ingress_requests_total, and with status admitted those that invoke.",
        () => admittedAndResultsOf(requested),
      ),
      summary(
        "restate_ingress_request_duration_seconds",
        "As rejoin_ingress_request_duration_seconds, without quantiles.",
        () => flatMap(requested, RPC_LABELS, ({ durations }, own) => totalsOf(durations, own)),
      ),
    ];
  }
}

class Watch implements RequestWatch {
  private readonly requested: Requested;
  private readonly goneCount: Counter;
  private readonly clock: Clock;
  private readonly beganAt: number;
  private requests: Requests | undefined;
  private isOver = false;

  constructor(requested: Requested, gone: Counter, clock: Clock) {
    this.requested = requested;
    this.goneCount = gone;
    this.clock = clock;
    this.beganAt = clock.now();
  }

  asks(type: RequestType, target?: Target): void {
    this.requests = this.requested.of(target?.service ?? "", type);
  }

  invokes(_key: InvocationKey, headers: readonly Header[]): readonly Header[] {
    this.requests?.admitted.add();
    return headers;
  }

  answered({ status, headers }: Parameters<RequestWatch["answered"]>[0]): void {
    if (this.isOver) return;
    this.isOver = true;
    const requests = this.requests ?? this.requested.of("", "unknown");
    requests.answered[resultOf(status, headers[HEADERS.errorSource])].add();
    requests.durations.observe((this.clock.now() - this.beganAt) / 1000);
  }

  gone(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.goneCount.add();
  }
}

function resultOf(status: number, source: string | undefined): Result {
  if (source === "invocation") return "invocation_error";
  if (status < 400) return "completed";
  if (status === 429) return "rate-limited";
  return status >= 500 ? "ingress_error" : "request_error";
}

type ToLabels = (service: string, type: string) => Labels;

const OWN_LABELS: ToLabels = (service, type) => ({ service, type });
/** As the Restate server names them. */
const RPC_LABELS: ToLabels = (service, type) => ({ rpc_service: service, rpc_type: type });

function* flatMap(
  requested: Requested,
  toLabels: ToLabels,
  toSamples: (requests: Requests, labels: Labels) => Iterable<Sample>,
): Generator<Sample> {
  for (const { values, instrument } of requested) {
    const [service = "", type = ""] = values;
    yield* toSamples(instrument, toLabels(service, type));
  }
}

function resultsOf(requested: Requested, toLabels: ToLabels, name: string): Iterable<Sample> {
  return flatMap(requested, toLabels, ({ answered }, labels) =>
    RESULTS.map((result) => ({
      labels: { ...labels, [name]: result },
      value: answered[result].value,
    })),
  );
}

function* admittedAndResultsOf(requested: Requested): Generator<Sample> {
  yield* resultsOf(requested, RPC_LABELS, "status");
  yield* flatMap(requested, RPC_LABELS, ({ admitted }, labels) => [
    { labels: { ...labels, status: "admitted" }, value: admitted.value },
  ]);
}
