/**
 * The mirror of all invocation headers, in a process of its own: it answers lists, counts and SQL.
 *
 * It costs nothing until the first question. That one starts the process, which reads the headers of
 * all partitions once; from then on commits hand over what they change. When nobody has asked for a
 * while, or a partition has been opened anew, the process is let go, and the next question starts it
 * again.
 */
import { type Batch, type PartitionStore, StoreError } from "@rejoin/engine";
import type { Ports } from "../../ports/ports.ts";
import { Feed } from "./feed.ts";
import type {
  Call,
  FromProcess,
  InFlight,
  MirrorProcess,
  OpenProcess,
  ProcessLimits,
  Refusal,
  RegistryFacts,
} from "./messages.ts";
import { packRows } from "./packed-rows.ts";
import { Pulse } from "./pulse.ts";
import type { Answers, Question } from "./questions.ts";

export interface MirrorOptions {
  /** Without it there is no mirror. */
  readonly openProcess: OpenProcess | undefined;
  readonly ports: Pick<Ports, "clock" | "timers" | "log">;
  readonly stores: () => readonly (PartitionStore | undefined)[];
  readonly inFlight: () => readonly InFlight[];
  readonly registry: () => RegistryFacts;
  readonly limits: ProcessLimits;
}

/** A question that the mirror has not answered. */
export class MirrorError extends Error {
  override readonly name = "MirrorError";
  readonly why: Refusal;
  /** Whether whoever asked has waited long enough. */
  readonly isFinal: boolean;
  constructor(why: Refusal, message: string, { isFinal = false } = {}) {
    super(message);
    this.why = why;
    this.isFinal = isFinal;
  }
}

/** What watches over the time of a question. */
interface TimeWatch {
  /** The mirror has been filled. */
  readonly loaded: () => void;
  /** There is nothing to watch any more. */
  readonly settled: () => void;
}

interface Asked extends TimeWatch {
  /** One that its writer has made: nobody knows what it takes. */
  readonly isStatement: boolean;
  readonly resolve: (answer: Answers[keyof Answers]) => void;
  readonly reject: (error: Error) => void;
}

interface Running {
  readonly child: MirrorProcess;
  readonly feed: Feed;
  readonly pulse: Pulse;
  readonly asked: Map<number, Asked>;
  isLoaded: boolean;
}

const IDLE_MS = 600_000;
/** A question is put again when the process was let go in its middle. */
const TRIES = 3;
const CANCEL_AGAIN_MS = 500;
const CANCELS_MAX = 4;
const CLOSE_MS = 5000;
const LOADING_PATIENCE_MS = 2000;
/** Of a statement, which cannot do without. */
const FILL_PATIENCE_MS = 30_000;
/** Of who can do without: what the mirror does meanwhile may be statements that take all it has. */
const PATIENCE_MS = 10_000;
/** One that could not be filled is tried again, since there may be fewer invocations by then. */
const FILL_AGAIN_MS = 300_000;
const INSTEAD = "lists and counts look at a bounded number of invocations";
const NO_WATCH: TimeWatch = { loaded: () => undefined, settled: () => undefined };

export class Mirror {
  private readonly options: MirrorOptions;
  private running: Running | undefined;
  /** Why there is no mirror, once that is known, and until when that is not to be tried again. */
  private absence: { readonly message: string; readonly untilMs: number } | undefined;
  private count = 0;
  /** Processes in a row that have ended before they were filled. */
  private failedFills = 0;
  private cancelIdle: (() => void) | undefined;
  private closed = false;
  /** Processes that have been let go and have not ended yet. */
  private readonly ending = new Set<Promise<void>>();

  constructor(options: MirrorOptions) {
    this.options = options;
    if (options.openProcess === undefined) this.miss("this server runs without a mirror");
  }

  /** Whether a question may have an answer. */
  get isPresent(): boolean {
    return this.whyAbsent === undefined;
  }

  private get whyAbsent(): string | undefined {
    const { absence } = this;
    if (absence === undefined || absence.untilMs <= this.options.ports.clock.now())
      return undefined;
    return absence.message;
  }

  private miss(message: string, forMs = Number.POSITIVE_INFINITY): void {
    this.absence = { message, untilMs: this.options.ports.clock.now() + forMs };
  }

  /** A batch has become durable. */
  committed(batch: Batch): void {
    this.running?.feed.add(batch);
  }

  /** A partition has been opened anew: what was committed meanwhile may not have been told. */
  reset(): void {
    this.end(new MirrorError("unavailable", "a partition has been opened anew"));
  }

  /** Rejects with a {@link MirrorError}; `unavailable` may go well a moment later. */
  async ask<Kind extends Question["kind"]>(
    question: Question & { readonly kind: Kind },
  ): Promise<Answers[Kind]> {
    return (await this.askUntilAnswered(question)) as Answers[Kind];
  }

  /** Likewise; `undefined` if there is no answer after a while, or the mirror is still being filled. */
  async askSoon<Kind extends Question["kind"]>(
    question: Question & { readonly kind: Kind },
  ): Promise<Answers[Kind] | undefined> {
    const { timers } = this.options.ports;
    const answer = this.askUntilAnswered(question);
    return new Promise((resolve, reject) => {
      const giveUp = () => resolve(undefined);
      const cancelLoading = timers.after(LOADING_PATIENCE_MS, () => {
        if (this.running?.isLoaded === false) giveUp();
      });
      const cancel = timers.after(PATIENCE_MS, giveUp);
      answer
        .then((given) => resolve(given as Answers[Kind]))
        .catch(reject)
        .finally(() => {
          cancelLoading();
          cancel();
        });
    });
  }

  private async askUntilAnswered(question: Question): Promise<Answers[keyof Answers]> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.askOnce(question);
      } catch (error) {
        const isPassing = error instanceof MirrorError && error.why === "unavailable";
        if (!isPassing || error.isFinal || tries >= TRIES || this.closed) throw error;
      }
    }
  }

  /** Resolves when its threads have ended, or when that takes too long. */
  async close(): Promise<void> {
    this.closed = true;
    this.end(new MirrorError("unavailable", "the server is shutting down"));
    if (this.ending.size === 0) return;
    await new Promise<void>((resolve) => {
      const cancel = this.options.ports.timers.after(CLOSE_MS, resolve);
      void Promise.all(this.ending).then(() => {
        cancel();
        resolve();
      });
    });
  }

  private askOnce(question: Question): Promise<Answers[keyof Answers]> {
    const { whyAbsent } = this;
    if (whyAbsent !== undefined) throw new MirrorError("absent", whyAbsent);
    if (this.closed) throw new MirrorError("unavailable", "the server is shutting down");
    const running = this.running ?? this.open();
    this.stayOpen();
    running.feed.flush();
    this.count += 1;
    const ask = this.count;
    return new Promise((resolve, reject) => {
      const isStatement = question.kind === "sql";
      const watch = isStatement ? this.limitTime(running, ask) : NO_WATCH;
      running.asked.set(ask, { isStatement, resolve, reject, ...watch });
      const { ports, inFlight } = this.options;
      const nowMs = ports.clock.now();
      running.child.post({ kind: "ask", ask, nowMs, question, inFlight: inFlight() });
    });
  }

  /**
   * Ends a statement that has had its time, not counting what it takes to fill the mirror: that is not
   * the statement's fault, and has its own time. If it does not notice, as while the database plans it,
   * the process goes, and the next question begins another one.
   */
  private limitTime(running: Running, ask: number): TimeWatch {
    const { timers } = this.options.ports;
    const { sqlStatementMs } = this.options.limits;
    let cancelTimer: () => void;
    let cancels = 0;
    const tick = () => {
      if (!running.isLoaded) {
        this.giveUpWaiting(running, ask);
        return;
      }
      if (cancels === CANCELS_MAX) {
        running.child.kill(`a statement did not end after ${sqlStatementMs / 1000} s`);
        return;
      }
      cancels += 1;
      running.child.post({ kind: "cancel", ask });
      cancelTimer = timers.after(CANCEL_AGAIN_MS, tick);
    };
    cancelTimer = timers.after(running.isLoaded ? sqlStatementMs : FILL_PATIENCE_MS, tick);
    const settled = () => cancelTimer();
    const loaded = () => {
      cancelTimer();
      cancelTimer = timers.after(sqlStatementMs, tick);
    };
    return { settled, loaded };
  }

  /** The mirror goes on being filled: who asks later may find it so. */
  private giveUpWaiting({ asked, child }: Running, ask: number): void {
    const seconds = FILL_PATIENCE_MS / 1000;
    const message = `the mirror of all invocations is not filled after ${seconds} s; try again`;
    asked.get(ask)?.reject(new MirrorError("unavailable", message, { isFinal: true }));
    asked.delete(ask);
    child.post({ kind: "cancel", ask });
  }

  private open(): Running {
    const { openProcess, ports, stores } = this.options;
    if (openProcess === undefined) throw new MirrorError("absent", "there is no mirror");
    const closed = stores().indexOf(undefined);
    if (closed >= 0) throw new MirrorError("unavailable", notOpen(closed));
    let running: Running | undefined;
    const mine = (act: (own: Running) => void) => {
      if (running !== undefined && this.running === running) act(running);
    };
    const child = openProcess({
      onMessage: (message) =>
        mine((own) => {
          own.pulse.heard();
          this.take(own, message);
        }),
      onEnd: (reason) =>
        mine(({ isLoaded }) => {
          ports.log("error", `the process of the introspection has ended: ${reason}`);
          if (!isLoaded) this.failedFills += 1;
          if (this.failedFills >= TRIES) return this.giveUp(reason);
          if (!isLoaded) return this.end(new MirrorError("unavailable", reason));
          this.end(new MirrorError("unavailable", "it was ended for a statement"), reason);
        }),
    });
    const feed = new Feed({
      send: (headers) => child.post({ kind: "changed", headers }),
      after: (delayMs, callback) => ports.timers.after(delayMs, callback),
    });
    const pulse = new Pulse({
      timers: ports.timers,
      ask: () => child.post({ kind: "ping" }),
      onSilence: (silentMs) => mine((own) => this.onSilence(own, silentMs)),
    });
    running = { child, feed, pulse, asked: new Map(), isLoaded: false };
    this.running = running;
    const limits = pickLimits(this.options.limits);
    child.post({ kind: "start", partitions: stores().length, limits });
    return running;
  }

  /** Lists are asked again, of another process; a statement may be what it hangs on. */
  private onSilence({ asked, isLoaded }: Running, silentMs: number): void {
    const reason = `the process of the introspection has not answered for ${silentMs / 1000} s and was ended`;
    this.options.ports.log("error", reason);
    if (!isLoaded) this.failedFills += 1;
    for (const [ask, { isStatement, reject, settled }] of asked) {
      if (!isStatement) continue;
      asked.delete(ask);
      settled();
      reject(new MirrorError("unavailable", `${reason}; try again`, { isFinal: true }));
    }
    if (this.failedFills >= TRIES) this.giveUp(reason);
    else this.end(new MirrorError("unavailable", reason));
  }

  private take(running: Running, message: FromProcess): void {
    if (message.kind === "alive") return;
    if (message.kind === "loaded") {
      running.isLoaded = true;
      this.failedFills = 0;
      for (const { loaded } of running.asked.values()) loaded();
      return;
    }
    if (message.kind === "ends") return;
    if (message.kind === "overfull") return this.giveUp(message.message);
    if (message.kind === "call") {
      void this.give(running, message.call, message.wanted);
      return;
    }
    const asked = running.asked.get(message.ask);
    running.asked.delete(message.ask);
    asked?.settled();
    if (message.kind === "answered") {
      asked?.resolve(message.answer);
      return;
    }
    const error = new MirrorError(message.why, message.message);
    asked?.reject(error);
    if (message.why === "absent") {
      this.miss(message.message);
      this.options.ports.log("warn", `there is no SQL: ${message.message}; ${INSTEAD}`);
      this.end(error);
    } else if (message.why === "unavailable") this.end(error);
  }

  /** It cannot be filled. Who asks again and again must not make all be read again and again. */
  private giveUp(reason: string): void {
    this.failedFills = 0;
    const [what = reason] = reason.split("\n");
    const message = `the mirror of all invocations cannot be filled (${what}); is sqlMemoryBytesMax or sqlProcessBytesMax too small for them?`;
    this.miss(message, FILL_AGAIN_MS);
    this.options.ports.log("warn", `${message} ${INSTEAD}`);
    this.end(new MirrorError("absent", message));
  }

  private async give({ child }: Running, call: number, wanted: Call): Promise<void> {
    try {
      const given = await this.read(wanted);
      child.post({ kind: "gave", call, given });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      child.post({ kind: "failed", call, message });
    }
  }

  private async read(wanted: Call): Promise<Uint8Array<ArrayBuffer> | RegistryFacts> {
    switch (wanted.kind) {
      case "registry":
        return this.options.registry();
      case "scan": {
        const { partition, gte, lt, limit, reverse = false } = wanted;
        return packRows(await this.storeOf(partition).scan({ gte, lt }, { limit, reverse }));
      }
      case "getMany": {
        const { partition, keys } = wanted;
        const values = await this.storeOf(partition).getMany(keys);
        return packRows(keys.map((key, i) => ({ key, value: values[i] })));
      }
    }
  }

  private storeOf(partition: number): PartitionStore {
    const store = this.options.stores()[partition];
    if (store !== undefined) return store;
    throw new StoreError("UNAVAILABLE", notOpen(partition));
  }

  private stayOpen(): void {
    this.cancelIdle?.();
    this.cancelIdle = this.options.ports.timers.after(IDLE_MS, () =>
      this.end(new MirrorError("unavailable", "nobody has asked for a while")),
    );
  }

  /** `reason`, if it has ended by itself: then it was for one of the statements that it ran. */
  private end(error: Error, reason?: string): void {
    const { running } = this;
    if (running === undefined) return;
    this.running = undefined;
    this.cancelIdle?.();
    running.feed.close();
    running.pulse.close();
    const ending = running.child.close().finally(() => this.ending.delete(ending));
    this.ending.add(ending);
    for (const { reject, settled, isStatement } of running.asked.values()) {
      settled();
      if (!isStatement || reason === undefined) reject(error);
      else
        reject(
          new MirrorError("failed", `the statement was ended with others: ${reason}; narrow it`),
        );
    }
  }
}

function notOpen(partition: number): string {
  return `partition ${partition} is being opened; try again in a moment`;
}

/** The process is given no more than it reads. */
function pickLimits(limits: ProcessLimits): ProcessLimits {
  return {
    sqlMemoryBytesMax: limits.sqlMemoryBytesMax,
    sqlProcessBytesMax: limits.sqlProcessBytesMax,
    sqlStatementsMax: limits.sqlStatementsMax,
    sqlStatementsWaitingMax: limits.sqlStatementsWaitingMax,
    sqlStatementMs: limits.sqlStatementMs,
    sqlAnswerRowsMax: limits.sqlAnswerRowsMax,
    sqlAnswerBytesMax: limits.sqlAnswerBytesMax,
    sqlTableRowsMax: limits.sqlTableRowsMax,
    sqlTableBytesMax: limits.sqlTableBytesMax,
  };
}
