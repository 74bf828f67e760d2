/** What came of crashing a run after every journal entry. */
import type { CrashKind } from "./crash-points.ts";

/** A way in which a run with a crash differs from the one without. */
export interface CrashDifference {
  /** Such as `the process was lost after entry 3 (run "charge") of shop/charge`. */
  readonly crash: string;
  readonly kind: CrashKind;
  /** What differs: `the result`, the state or the journal of something. */
  readonly what: string;
  /** What it is without a crash; empty for nothing. */
  readonly expected: string;
  readonly found: string;
}

/** A closure of `ctx.run` that was executed more often than without a crash. */
export interface RepeatedClosure {
  /** The invocation: its target, behind those that have called it. */
  readonly invocation: string;
  readonly name: string;
  /** The most executions in one run beyond those without a crash. */
  readonly extraExecutions: number;
  /** In so many runs. */
  readonly runCount: number;
}

export interface CrashReportFields {
  /** Journal entries of the run without a crash. */
  readonly entryCount: number;
  /** Runs with a crash. */
  readonly runCount: number;
  /** Crashes that were left out, because there would be more than `runsMax`. */
  readonly skippedCount: number;
  readonly differences: readonly CrashDifference[];
  readonly repeatedClosures: readonly RepeatedClosure[];
}

export class CrashReport implements CrashReportFields {
  readonly entryCount: number;
  readonly runCount: number;
  readonly skippedCount: number;
  readonly differences: readonly CrashDifference[];
  /**
   * Closures are executed at least once: one whose result was not durable when something crashed is
   * executed again. That is no difference, but what such a closure does must bear it.
   */
  readonly repeatedClosures: readonly RepeatedClosure[];

  constructor(fields: CrashReportFields) {
    this.entryCount = fields.entryCount;
    this.runCount = fields.runCount;
    this.skippedCount = fields.skippedCount;
    this.differences = fields.differences;
    this.repeatedClosures = fields.repeatedClosures;
  }

  /** The report for people. */
  toString(): string {
    const { differences, runCount, entryCount, skippedCount } = this;
    const crashes = new Set(differences.map(({ crash }) => crash)).size;
    const left = skippedCount === 0 ? "" : ` (${skippedCount} more were left out: see runsMax)`;
    const head =
      crashes === 0
        ? `${runCount} crashes after ${entryCount} journal entries made no difference${left}`
        : `${crashes} of ${runCount} crashes after ${entryCount} journal entries made a difference${left}`;
    return [`${head}.`, ...this.#differenceLines(), ...this.#closureLines()].join("\n");
  }

  #differenceLines(): readonly string[] {
    const lines: string[] = [];
    let crash = "";
    for (const difference of this.differences.slice(0, SHOWN_MAX)) {
      if (difference.crash !== crash) lines.push("", `When ${difference.crash}:`);
      crash = difference.crash;
      lines.push(`  ${difference.what}`);
      lines.push(`    expected ${difference.expected || "nothing"}`);
      lines.push(`    found    ${difference.found || "nothing"}`);
    }
    const more = this.differences.length - SHOWN_MAX;
    if (more > 0) lines.push("", `… and ${more} more differences.`);
    return lines;
  }

  #closureLines(): readonly string[] {
    if (this.repeatedClosures.length === 0) return [];
    return [
      "",
      "Closures that were executed again, for their results were not durable when it crashed.",
      "Make what they do idempotent, for instance with a key from ctx.rand.uuidv4():",
      ...this.repeatedClosures.map(
        ({ invocation, name, runCount, extraExecutions }) =>
          `  ctx.run(${JSON.stringify(name)}) of ${invocation}: in ${runCount} runs, ` +
          `${extraExecutions} more`,
      ),
    ];
  }
}

const SHOWN_MAX = 30;

/** Crashes have made a difference; the message is the report. */
export class CrashDifferenceError extends Error {
  override readonly name = "CrashDifferenceError";
  readonly report: CrashReport;

  constructor(report: CrashReport) {
    super(report.toString());
    this.report = report;
  }
}
