/** All that is measured of a server, and the text of it. */
import type { ServerObservers } from "../../ports/observers.ts";
import type { Clock } from "../../ports/ports.ts";
import { gauge, type Metric, renderMetrics, type Sample } from "./exposition.ts";
import { IngressMetrics } from "./ingress-metrics.ts";
import { InvokerMetrics } from "./invoker-metrics.ts";
import { PartitionMetrics } from "./partition-metrics.ts";
import type { PartitionFacts, ServerFacts } from "./server-facts.ts";

export interface ServerMetricsOptions {
  readonly clock: Clock;
  readonly version: string;
}

export class ServerMetrics implements ServerObservers {
  readonly ingress: IngressMetrics;
  readonly invoker: InvokerMetrics;
  readonly partition = new PartitionMetrics();
  private readonly version: string;

  constructor({ clock, version }: ServerMetricsOptions) {
    this.version = version;
    this.ingress = new IngressMetrics(clock);
    this.invoker = new InvokerMetrics(clock);
  }

  /** The text, with `more` that others measure. */
  render(facts: ServerFacts, more: readonly Metric[]): Promise<string> {
    return renderMetrics([
      gauge("rejoin_build_info", "Always 1; the version is a label.", () => [
        { labels: { version: this.version }, value: 1 },
      ]),
      ...this.ingress.metrics(),
      ...ingressGauges(facts),
      ...invocationGauges(facts),
      ...this.invoker.metrics(),
      ...attemptGauges(facts),
      ...this.partition.metrics(),
      ...partitionGauges(facts),
      ...more,
    ]);
  }
}

function ingressGauges({ requestsInFlight, requestsMax }: ServerFacts): readonly Metric[] {
  return [
    gauge(
      "rejoin_ingress_requests_in_flight",
      "Requests of the ingress that wait for an answer.",
      () => requestsInFlight,
    ),
    gauge(
      "rejoin_ingress_requests_limit",
      "Beyond so many requests at a time, others are answered with 429.",
      () => requestsMax,
    ),
  ];
}

function invocationGauges({ partitions }: ServerFacts): readonly Metric[] {
  return [
    gauge(
      "rejoin_invocations",
      "Invocations that have not completed, by service and status.",
      () => [...byServiceAndStatus(partitions)],
    ),
  ];
}

function* byServiceAndStatus(partitions: ServerFacts["partitions"]): Generator<Sample> {
  const sums = new Map<string, Map<string, number>>();
  for (const [service, counts] of partitions.flatMap((one) => [...(one?.invocations ?? [])])) {
    const sum = sums.get(service) ?? new Map<string, number>();
    sums.set(service, sum);
    for (const [status, count] of Object.entries(counts)) {
      sum.set(status, (sum.get(status) ?? 0) + count);
    }
  }
  for (const [service, counts] of sums) {
    for (const [status, value] of counts) yield { labels: { service, status }, value };
  }
}

function attemptGauges({ attempts }: ServerFacts): readonly Metric[] {
  return [
    gauge("rejoin_invoker_attempts_running", "Attempts that are open.", () => attempts.running),
    gauge(
      "rejoin_invoker_attempts_awaiting",
      "Of the attempts that are open, those that only await.",
      () => attempts.awaiting,
    ),
    gauge("rejoin_invoker_attempts_limit", "As many attempts may be open.", () => attempts.max),
    gauge(
      "rejoin_invoker_ready",
      "Invocations that wait until an attempt may be begun.",
      () => attempts.ready,
    ),
    gauge("restate_invoker_concurrency_limit", "As rejoin_invoker_attempts_limit.", () => {
      return attempts.max;
    }),
  ];
}

function partitionGauges({ partitions }: ServerFacts): readonly Metric[] {
  const open = partitions.filter((one) => one !== undefined).length;
  const each = (value: (facts: PartitionFacts) => number) => () =>
    partitions.flatMap((facts, index) =>
      facts === undefined ? [] : [{ labels: { partition: String(index) }, value: value(facts) }],
    );
  return [
    gauge("rejoin_partition_open", "1 for a partition that is open, else 0.", () =>
      partitions.map((facts, index) => ({
        labels: { partition: String(index) },
        value: facts === undefined ? 0 : 1,
      })),
    ),
    gauge(
      "rejoin_partition_counted",
      "1 once what was alive when the partition was opened is in rejoin_invocations.",
      each(({ invocations }) => (invocations === undefined ? 0 : 1)),
    ),
    gauge(
      "rejoin_partition_queue_records",
      "Records that wait to be applied.",
      each(({ queuedRecords }) => queuedRecords),
    ),
    gauge(
      "rejoin_partition_queue_bytes",
      "About how many bytes these records have.",
      each(({ queuedBytes }) => queuedBytes),
    ),
    gauge("restate_num_partitions", "All partitions.", () => partitions.length),
    gauge("restate_num_active_partitions", "Partitions that are open.", () => open),
    gauge("restate_num_active_partition_leaders", "Likewise.", () => open),
  ];
}
