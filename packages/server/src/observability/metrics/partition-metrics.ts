/** Partitions: records, commits, and the invocations that these begin and end. */
import { type Batch, type Invocation, invocationRows, type RowKind } from "@rejoin/engine";
import type { PartitionObserver } from "../../ports/observers.ts";
import { BYTES_BOUNDS, COMMIT_BOUNDS, LIFETIME_BOUNDS, SIZE_BOUNDS } from "./bounds.ts";
import {
  bucketsOf,
  counter,
  histogram,
  type Labels,
  type Metric,
  type Sample,
} from "./exposition.ts";
import { Counter, Family, Histogram } from "./instruments.ts";

/** Invocations of one service. */
class Invocations {
  readonly started = new Counter();
  readonly succeeded = new Counter();
  readonly failed = new Counter();
  readonly lifetimes = new Histogram(LIFETIME_BOUNDS);
}

const ROWS = invocationRows as RowKind<unknown>;

export class PartitionMetrics implements PartitionObserver {
  private readonly invoked = new Family(() => new Invocations());
  private readonly records = new Counter();
  private readonly waits = new Histogram(COMMIT_BOUNDS);
  private readonly commits = new Histogram(COMMIT_BOUNDS);
  private readonly batchRecords = new Histogram(SIZE_BOUNDS);
  private readonly batchWrites = new Histogram(SIZE_BOUNDS);
  private readonly batchBytes = new Histogram(BYTES_BOUNDS);
  private readonly openings = new Counter();
  private readonly failures = new Counter();

  opened(): void {
    this.openings.add();
  }

  lost(): void {
    this.failures.add();
  }

  applied(waitedMs: number): void {
    this.waits.observe(waitedMs / 1000);
  }

  committed(_partition: number, batch: Batch, durationMs: number): void {
    this.records.add(batch.recordCount);
    this.commits.observe(durationMs / 1000);
    this.batchRecords.observe(batch.recordCount);
    this.batchWrites.observe(batch.writeCount);
    this.batchBytes.observe(batch.bytesAbout);
    for (const key of batch.born) {
      const born = batch.row(ROWS, key) as Invocation | null | undefined;
      if (born) this.invoked.of(born.target.service).started.add();
    }
    for (const { key } of batch.completed) {
      const ended = batch.row(ROWS, key) as Invocation | null | undefined;
      if (ended) this.noteCompleted(ended);
    }
  }

  metrics(): readonly Metric[] {
    return [...this.invocationMetrics(), ...this.batchMetrics(), ...this.openingMetrics()];
  }

  private noteCompleted({ target, output, createdAt, completedAt }: Invocation): void {
    const own = this.invoked.of(target.service);
    (output?.kind === "failure" ? own.failed : own.succeeded).add();
    own.lifetimes.observe(Math.max(0, completedAt - createdAt) / 1000);
  }

  private invocationMetrics(): readonly Metric[] {
    const { invoked } = this;
    return [
      counter(
        "rejoin_invocations_started_total",
        "Invocations that were accepted, from outside or from other invocations.",
        () => flatMap(invoked, ({ started }, labels) => [{ labels, value: started.value }]),
      ),
      counter(
        "rejoin_invocations_completed_total",
        "Invocations that have completed; result is success or failure.",
        () =>
          flatMap(invoked, ({ succeeded, failed }, labels) => [
            { labels: { ...labels, result: "success" }, value: succeeded.value },
            { labels: { ...labels, result: "failure" }, value: failed.value },
          ]),
      ),
      histogram(
        "rejoin_invocation_duration_seconds",
        "From the acceptance of an invocation to its completion.",
        () => flatMap(invoked, ({ lifetimes }, labels) => bucketsOf(lifetimes, labels)),
      ),
    ];
  }

  private batchMetrics(): readonly Metric[] {
    const { records, waits, commits, batchRecords, batchWrites, batchBytes } = this;
    return [
      counter("rejoin_partition_records_total", "Records applied and committed.", () => {
        return records.value;
      }),
      histogram(
        "rejoin_partition_queue_wait_seconds",
        "How long records were queued before they were applied.",
        () => bucketsOf(waits, {}),
      ),
      histogram(
        "rejoin_partition_commit_duration_seconds",
        "How long commits took to be durable.",
        () => bucketsOf(commits, {}),
      ),
      histogram("rejoin_partition_batch_records", "Records that a commit covers.", () =>
        bucketsOf(batchRecords, {}),
      ),
      histogram("rejoin_partition_batch_rows", "Rows that a commit writes.", () =>
        bucketsOf(batchWrites, {}),
      ),
      histogram("rejoin_partition_batch_bytes", "About how many bytes a commit writes.", () =>
        bucketsOf(batchBytes, {}),
      ),
    ];
  }

  private openingMetrics(): readonly Metric[] {
    const { openings, failures } = this;
    return [
      counter(
        "rejoin_partition_openings_total",
        "How often a partition was opened, after a failure too.",
        () => openings.value,
      ),
      counter(
        "rejoin_partition_failures_total",
        "How often a partition has failed and what it had in memory was dropped.",
        () => failures.value,
      ),
      counter("restate_partition_start_total", "As rejoin_partition_openings_total.", () => {
        return openings.value;
      }),
    ];
  }
}

function* flatMap(
  invoked: Family<Invocations>,
  toSamples: (invocations: Invocations, labels: Labels) => Iterable<Sample>,
): Generator<Sample> {
  for (const { values, instrument } of invoked) {
    const [service = ""] = values;
    yield* toSamples(instrument, { service });
  }
}
