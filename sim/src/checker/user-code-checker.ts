/**
 * What user code may do and see: the same in every attempt, no run again after its result is
 * durable, no result that the program cannot give.
 */

import { formatInvocationId, type InvocationKey } from "@rejoin/protocol";
import type { Context } from "@rejoin/sdk";
import type { Watcher } from "../program/interpreter.ts";
import type { Predictor } from "../program/predict.ts";
import type { Outcome } from "../program/program.ts";
import type { Life, VirtualScheduler } from "../scheduler.ts";
import type { Stats } from "../stats.ts";
import type { DurableLog } from "./durable-log.ts";
import type { Violations } from "./violations.ts";

/** An attempt as the simulator sees it, on both sides of its stream. */
export interface SimAttempt {
  readonly order: number;
  /** The process that opened it. */
  readonly generation: number;
  /** What its user code lives as long as. */
  readonly userLife: Life;
  /** How many commits there were when it was opened. */
  readonly openedAt: number;
  /** The epoch of each partition in its process, when it was opened. */
  readonly epochs: readonly number[];
  /** Known when its Start message has been sent. */
  key: InvocationKey | undefined;
  /** What its handler was called with. */
  node: number | undefined;
  /** Its server has given it up: what it still does has no effect. */
  dropped: boolean;
}

interface Options {
  readonly log: DurableLog;
  readonly predictor: Predictor;
  readonly violations: Violations;
  readonly stats: Stats;
  readonly scheduler: VirtualScheduler;
}

/** What is remembered of one life of an invocation. */
interface History {
  readonly seen: Map<string, string>;
  readonly reached: Map<string, number>;
  /** The epoch in which the result of a run was first acknowledged. */
  readonly acknowledged: Map<string, number>;
}

export class UserCodeChecker implements Watcher {
  /** The attempt that is being given messages: its handler starts while it is. */
  current: SimAttempt | undefined;
  private readonly options: Options;
  private readonly histories = new Map<string, History>();
  private executions = 0;

  constructor(options: Options) {
    this.options = options;
  }

  entered(ctx: Context, node: number): SimAttempt {
    const attempt = this.current;
    if (attempt?.key === undefined) throw new Error("a handler was called outside of an attempt");
    const known = this.options.log.known(attempt.key);
    const id = formatInvocationId(attempt.key);
    attempt.node = node;
    if ((known !== undefined && known.node !== node) || ctx.request().id !== id) {
      const text = `${id} is called as ${ctx.request().id} with node ${node}`;
      this.options.violations.report("wrong-value", text);
    }
    this.options.stats.count("handler called");
    this.options.scheduler.trace?.comment("enter", () => `${describe(attempt)} node ${node}`);
    return attempt;
  }

  saw(attempt: SimAttempt, path: string, what: string): void {
    const { seen } = this.history(attempt);
    const before = seen.get(path);
    if (before === undefined) seen.set(path, what);
    else if (before !== what) {
      const text = `${describe(attempt)} saw ${what} at ${path}, an earlier one ${before}`;
      this.options.violations.report("replay-differs", text);
    }
  }

  impossible(attempt: SimAttempt, path: string, what: string): void {
    const text = `${describe(attempt)} saw ${what} at ${path}, which cannot be`;
    this.options.violations.report("wrong-value", text);
  }

  executes(attempt: SimAttempt, run: string): number {
    this.executions += 1;
    const { stats, scheduler } = this.options;
    stats.count("run executed");
    scheduler.trace?.comment("execute", () => `${describe(attempt)} run ${run}`);
    this.checkExecution(attempt, run);
    return this.executions;
  }

  acknowledged(attempt: SimAttempt, run: string): void {
    const { acknowledged } = this.history(attempt);
    if (!acknowledged.has(run)) acknowledged.set(run, this.epochOf(attempt));
  }

  reached(attempt: SimAttempt, path: string): number {
    const { reached } = this.history(attempt);
    const times = (reached.get(path) ?? 0) + 1;
    reached.set(path, times);
    return times;
  }

  sleep(attempt: SimAttempt, ms: number): Promise<void> {
    return this.options.scheduler.sleep(attempt.userLife, ms, "closure");
  }

  returned(attempt: SimAttempt, outcome: Outcome): void {
    const { predictor, violations } = this.options;
    if (attempt.node === undefined) throw new Error("a handler returned that was not called");
    const planned = predictor.node(attempt.node);
    if (JSON.stringify(planned) === JSON.stringify(outcome)) return;
    const text = `${describe(attempt)} gave ${JSON.stringify(outcome)}`;
    violations.report("wrong-value", `${text}, not ${JSON.stringify(planned)}`);
  }

  /**
   * An attempt that its server still counts on must know all results that were durable. What a
   * later epoch has made durable, a leader that has been replaced cannot know.
   */
  private checkExecution(attempt: SimAttempt, run: string): void {
    const { log, violations } = this.options;
    const known = attempt.key === undefined ? undefined : log.known(attempt.key);
    const completion = known?.completions.get(known.runs.get(run) ?? -1);
    const wasDurable =
      completion !== undefined &&
      completion.order <= attempt.openedAt &&
      completion.epoch <= this.epochOf(attempt);
    const acknowledgedIn = this.history(attempt).acknowledged.get(run);
    const wasAcknowledged =
      acknowledgedIn !== undefined && acknowledgedIn <= this.epochOf(attempt) && !attempt.dropped;
    if (!wasDurable && !wasAcknowledged) return;
    const what = wasDurable ? "durable" : "acknowledged";
    const text = `${describe(attempt)} executed run ${run}, whose result was ${what}`;
    violations.report("run-repeated", text);
  }

  private epochOf({ key = "", epochs }: SimAttempt): number {
    return epochs[this.options.log.known(key)?.partition ?? 0] ?? 0;
  }

  private history(attempt: SimAttempt): History {
    const { key = "" } = attempt;
    const name = `${this.options.log.known(key)?.lives ?? 0} ${key}`;
    let history = this.histories.get(name);
    if (history === undefined) {
      history = { seen: new Map(), reached: new Map(), acknowledged: new Map() };
      this.histories.set(name, history);
    }
    return history;
  }
}

export function describe({ order, generation, key }: SimAttempt): string {
  const id = key === undefined ? "?" : formatInvocationId(key);
  return `attempt ${order} of ${id} (process ${generation})`;
}
