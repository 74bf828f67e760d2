/** Attempts: how many, how they ended, how long they took. */
import type { Invocation } from "@rejoin/engine";
import type { AttemptResult, AttemptWatch, InvokerObserver } from "../../ports/observers.ts";
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
} from "./exposition.ts";
import { Counter, Family, Histogram } from "./instruments.ts";

const RESULTS: readonly AttemptResult[] = [
  "completed",
  "suspended",
  "failed",
  "aborted",
  "interrupted",
];

/** Attempts of the invocations of one service. */
class Attempts {
  readonly started = new Counter();
  readonly replayed = new Counter();
  readonly durations = new Histogram(DURATION_BOUNDS);
  readonly ended = {
    completed: new Counter(),
    suspended: new Counter(),
    failed: new Counter(),
    aborted: new Counter(),
    interrupted: new Counter(),
  } as const satisfies Readonly<Record<AttemptResult, Counter>>;
}

export class InvokerMetrics implements InvokerObserver {
  private readonly clock: Clock;
  private readonly attempted = new Family(() => new Attempts());
  private readonly failures = new Family(() => new Counter());

  constructor(clock: Clock) {
    this.clock = clock;
  }

  attemptStarted({ target, journalLength }: Invocation): AttemptWatch {
    const attempts = this.attempted.of(target.service);
    attempts.started.add();
    attempts.replayed.add(journalLength - 1);
    return new Watch(attempts, this.failures, target.service, this.clock);
  }

  metrics(): readonly Metric[] {
    const { attempted, failures } = this;
    return [
      counter("rejoin_invoker_attempts_started_total", "Attempts that were begun.", () =>
        flatMap(attempted, ({ started }, labels) => [{ labels, value: started.value }]),
      ),
      counter("rejoin_invoker_attempts_total", "Attempts that have ended; result says how.", () =>
        flatMap(attempted, ({ ended }, labels) =>
          RESULTS.map((result) => ({ labels: { ...labels, result }, value: ended[result].value })),
        ),
      ),
      counter(
        "rejoin_invoker_attempt_failures_total",
        "Attempts that failed, by the code under docs/errors.",
        () => failuresOf(failures),
      ),
      histogram(
        "rejoin_invoker_attempt_duration_seconds",
        "From the beginning of an attempt to its end, its replay included.",
        () => flatMap(attempted, ({ durations }, labels) => bucketsOf(durations, labels)),
      ),
      counter(
        "rejoin_invoker_entries_replayed_total",
        "Journal entries that attempts began with, besides their input.",
        () => flatMap(attempted, ({ replayed }, labels) => [{ labels, value: replayed.value }]),
      ),
      counter(
        "restate_invoker_invocation_tasks_total",
        "As rejoin_invoker_attempts_total, and with status started those that were begun.",
        () => tasksOf(attempted),
      ),
      summary(
        "restate_invoker_task_duration_seconds",
        "As rejoin_invoker_attempt_duration_seconds, without quantiles.",
        () => [
          { suffix: "_sum", value: total(attempted, ({ durations }) => durations.sum) },
          { suffix: "_count", value: total(attempted, ({ durations }) => durations.count) },
        ],
      ),
    ];
  }
}

class Watch implements AttemptWatch {
  readonly headers = undefined;
  readonly said = undefined;
  private readonly attempts: Attempts;
  private readonly failures: Family<Counter>;
  private readonly service: string;
  private readonly clock: Clock;
  private readonly startedAt: number;
  private isOver = false;

  constructor(attempts: Attempts, failures: Family<Counter>, service: string, clock: Clock) {
    this.attempts = attempts;
    this.failures = failures;
    this.service = service;
    this.clock = clock;
    this.startedAt = clock.now();
  }

  ended(result: AttemptResult, failure?: { readonly docCode: string }): void {
    if (this.isOver) return;
    this.isOver = true;
    this.attempts.ended[result].add();
    this.attempts.durations.observe((this.clock.now() - this.startedAt) / 1000);
    if (result === "failed") this.failures.of(this.service, failure?.docCode ?? "").add();
  }
}

function* flatMap(
  attempted: Family<Attempts>,
  toSamples: (attempts: Attempts, labels: Labels) => Iterable<Sample>,
): Generator<Sample> {
  for (const { values, instrument } of attempted) {
    const [service = ""] = values;
    yield* toSamples(instrument, { service });
  }
}

function* failuresOf(failures: Family<Counter>): Generator<Sample> {
  for (const { values, instrument } of failures) {
    const [service = "", code = ""] = values;
    yield { labels: { service, code }, value: instrument.value };
  }
}

function total(attempted: Family<Attempts>, of: (attempts: Attempts) => number): number {
  return [...attempted].reduce((sum, { instrument }) => sum + of(instrument), 0);
}

function* tasksOf(attempted: Family<Attempts>): Generator<Sample> {
  yield { labels: { status: "started" }, value: total(attempted, ({ started }) => started.value) };
  for (const status of ["completed", "suspended", "failed"] as const) {
    yield { labels: { status }, value: total(attempted, ({ ended }) => ended[status].value) };
  }
}
