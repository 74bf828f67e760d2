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
import type { ScriptWatcher, Waiting } from "../script/machine.ts";
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
  /** Where it runs. */
  readonly deploymentId: string;
  /** Of the protocol. */
  readonly version: number;
  /** Nobody hears it, and what it is told is meant for another: what it sees means nothing. */
  readonly deaf?: boolean;
  /** Its server has given it up: what it still does has no effect. */
  dropped: boolean;
  /** Notifications that it has been sent. */
  notifications: number;
  /** The life of its invocation. */
  bornIn: number | undefined;
}

/** The first protocol version with scopes and limit keys. */
const SCOPES_SINCE = 7;

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
  /** Where it was cancelled. */
  readonly cancelled: Set<string>;
}

export class UserCodeChecker implements Watcher, ScriptWatcher {
  /** What scripts wait for that somebody else has to bring about. */
  readonly waiting = new Map<InvocationKey, Map<string, Waiting>>();
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

  readonly now = (): number => this.options.scheduler.readClock();

  enteredScript(): SimAttempt {
    const attempt = this.current;
    if (attempt?.key === undefined) throw new Error("a script was run outside of an attempt");
    this.options.stats.count("script run");
    this.options.scheduler.trace?.comment("enter", () => `${describe(attempt)} script`);
    return attempt;
  }

  waits(attempt: SimAttempt, what: Waiting): void {
    const { key, deaf } = attempt;
    if (key === undefined || deaf === true) return;
    const known = this.waiting.get(key) ?? new Map();
    this.waiting.set(key, known.set(JSON.stringify(what), what));
    this.options.stats.count(`waited for: ${what.for}`);
  }

  mismatch(attempt: SimAttempt, text: string): void {
    if (attempt.deaf === true) return;
    const what = `${describe(attempt)}: ${text}`;
    this.options.violations.report("replay-differs", what);
  }

  /** A cancellation reaches the code once for each signal, at the same place in each attempt. */
  cancelled(attempt: SimAttempt, path = ""): void {
    if (attempt.deaf === true) return;
    const { cancelled } = this.history(attempt);
    const { log, violations, stats } = this.options;
    stats.count("cancellation seen by a handler");
    cancelled.add(path);
    const known = attempt.key === undefined ? undefined : log.known(attempt.key);
    const signals = known?.signals.filter((signal) => signal.startsWith("signal 1 ")).length ?? 0;
    const most = Math.max(...[...cancelled].map((one) => countAbove(cancelled, lineOf(one))));
    if (most <= signals) return;
    const text = `${describe(attempt)} was cancelled at ${[...cancelled].join(", ")}`;
    violations.report("cancelled-twice", `${text}, with ${signals} signals`);
  }

  saw(attempt: SimAttempt, path: string, what: string): void {
    if (attempt.deaf === true) return;
    const { seen } = this.history(attempt);
    const before = seen.get(path);
    if (before === undefined) seen.set(path, what);
    else if (before !== what) {
      const text = `${describe(attempt)} saw ${what} at ${path}, an earlier one ${before}`;
      this.options.violations.report("replay-differs", text);
    }
  }

  mayScope({ version }: SimAttempt): boolean {
    return version >= SCOPES_SINCE;
  }

  impossible(attempt: SimAttempt, path: string, what: string): void {
    if (attempt.deaf === true || this.isTouched(attempt)) return;
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
    if (attempt.deaf === true) return;
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
    if (attempt.deaf === true || this.isTouched(attempt)) return;
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

  private isTouched({ key = "" }: SimAttempt): boolean {
    return this.options.log.known(key as InvocationKey)?.touched === true;
  }

  private epochOf({ key = "", epochs }: SimAttempt): number {
    return epochs[this.options.log.known(key)?.partition ?? 0] ?? 0;
  }

  private history(attempt: SimAttempt): History {
    const { key = "" } = attempt;
    const name = `${this.options.log.known(key)?.lives ?? 0} ${key}`;
    let history = this.histories.get(name);
    if (history === undefined) {
      history = {
        seen: new Map(),
        reached: new Map(),
        acknowledged: new Map(),
        cancelled: new Set(),
      };
      this.histories.set(name, history);
    }
    return history;
  }
}

export function describe({ order, generation, key }: SimAttempt): string {
  const id = key === undefined ? "?" : formatInvocationId(key);
  return `attempt ${order} of ${id} (process ${generation})`;
}

/** The branch of the program that a place lies in. */
function lineOf(path: string): string {
  return /^.*b\d+/.exec(path)?.[0] ?? "";
}

/** How many of `paths` a line of execution has come past. */
function countAbove(paths: ReadonlySet<string>, line: string): number {
  return [...paths].filter((path) => line.startsWith(lineOf(path))).length;
}
