/**
 * A server with one invocation, for properties: it keeps a journal, answers commands, and breaks
 * attempts off wherever `random` says so. What it does is decided by `random` alone.
 */
import type {
  Command,
  EndpointMessage,
  Future,
  Notification,
  NotificationResult,
  ProtocolVersion,
  ServerMessage,
} from "@rejoin/protocol";
import type { Context, InProcessAttempt } from "../index.ts";
import { createInProcessEndpoint, service } from "../index.ts";
import { isCommand } from "../vm/command-info.ts";
import {
  CANCEL,
  callId,
  completion,
  failure,
  inputMessage,
  startMessage,
  VOID,
  value,
} from "./messages.ts";
import { rest } from "./script.ts";

export type JournalEntry = Command | Notification;

export interface MiniServerOptions {
  readonly version: ProtocolVersion;
  /** From 0 to 1, the next random number. */
  readonly random: () => number;
  /** How likely a step breaks the attempt off, each way. */
  readonly breakRate: number;
  /** Whether the invocation may be cancelled at some time. */
  readonly cancels: boolean;
}

export interface Outcome {
  readonly result: unknown;
  readonly journal: readonly JournalEntry[];
  readonly attempts: number;
}

const STEPS_MAX = 3000;
const CANCELS_MAX = 2;

export class MiniServer {
  readonly #options: MiniServerOptions;
  readonly #handler: (ctx: Context) => Promise<unknown>;
  readonly #journal: JournalEntry[] = [inputMessage()];
  /** Completions that will come, in no particular order. */
  readonly #coming: Notification[] = [];
  #attempt: InProcessAttempt | undefined;
  #attempts = 0;
  #retries = 0;
  #result: unknown;
  #ended = false;
  #cancelCount = 0;
  #waitsFor: Future | undefined;
  /** Cancel signals that the last attempt was given: the next wait is for another one. */
  #cancelsSeen = 0;
  #cancelsGiven = 0;
  #inputClosed = false;
  /** Sent by the attempt, not stored yet: a crash loses it. */
  #inFlight: EndpointMessage[] = [];

  constructor(handler: (ctx: Context) => Promise<unknown>, options: MiniServerOptions) {
    this.#handler = handler;
    this.#options = options;
  }

  /** Runs the invocation to its end, whatever happens to its attempts. */
  async run(): Promise<Outcome> {
    for (let step = 0; step < STEPS_MAX && !this.#ended; step++) {
      if (this.#attempt === undefined) this.#open();
      await rest();
      this.#store(this.#chance(0.3) ? this.#integer(this.#inFlight.length) : Infinity);
      this.#act();
    }
    if (!this.#ended) throw new Error(`no end: ${JSON.stringify(this.#journal)}`);
    return { result: this.#result, journal: this.#journal, attempts: this.#attempts };
  }

  #act(): void {
    if (this.#ended) return;
    const { breakRate, cancels } = this.#options;
    const crashes = this.#chance(breakRate);
    const suspends = this.#chance(breakRate);
    if (this.#attempt === undefined) {
      this.#resumeIfPossible();
    } else if (crashes) {
      this.#crash();
    } else if (suspends) {
      this.#closeInput();
    } else if (cancels && this.#cancelCount < CANCELS_MAX && this.#chance(0.1)) {
      this.#cancel();
    } else if (this.#coming.length > 0) {
      const count = this.#chance(0.5) ? 1 : this.#integer(this.#coming.length) + 1;
      for (let index = 0; index < count; index++) this.#complete();
    } else if (this.#inFlight.length === 0) {
      // Nothing else will happen unless closures are running: those end at a rest.
      this.#closeInput();
    }
  }

  #cancel(): void {
    this.#cancelCount++;
    this.#notify(CANCEL);
  }

  /** Asks for suspension: whatever is written from now on reaches the next attempt only. */
  #closeInput(): void {
    this.#inputClosed = true;
    this.#attempt?.closeInput();
  }

  #open(): void {
    if (this.#waitsFor !== undefined) return;
    this.#attempts++;
    this.#inputClosed = false;
    const definition = service({ name: "svc", handlers: { run: this.#handler } });
    const endpoint = createInProcessEndpoint(
      { services: [definition] },
      { now: () => 1000, log: () => {}, isLogged: () => false },
    );
    const attempt = endpoint.open(
      { service: "svc", handler: "run", version: this.#options.version, headers: new Map() },
      {
        send: (messages) => {
          if (this.#attempt === attempt || this.#attempt === undefined) {
            this.#inFlight.push(...messages);
          }
        },
        end: () => {},
      },
    );
    this.#attempt = attempt;
    this.#cancelsGiven = this.#journal.filter((entry) => entry.kind === "signal").length;
    const start = startMessage({
      knownEntries: this.#journal.length,
      retryCountSinceLastStoredEntry: this.#retries,
    });
    const messages: ServerMessage[] = [start, ...this.#journal];
    const split = this.#integer(messages.length);
    attempt.receive(messages.slice(0, split));
    attempt.receive(messages.slice(split));
  }

  #crash(): void {
    const attempt = this.#attempt;
    this.#attempt = undefined;
    attempt?.abort(new Error("crash"));
    this.#inFlight = [];
    this.#retries++;
  }

  #resumeIfPossible(): void {
    const { version } = this.#options;
    const awaited = this.#waitsFor;
    if (awaited === undefined || evaluate(awaited, this.#withoutSeenCancels(), version)) {
      this.#waitsFor = undefined;
    } else if (this.#coming.length > 0) {
      this.#complete();
    } else if (this.#cancelCount < CANCELS_MAX && this.#options.cancels) {
      this.#cancel();
    } else {
      throw new Error(`suspended for ever: ${JSON.stringify(awaited)}`);
    }
  }

  #withoutSeenCancels(): readonly JournalEntry[] {
    let seen = this.#cancelsSeen;
    return this.#journal.filter((entry) => entry.kind !== "signal" || seen-- <= 0);
  }

  /** Writes a completion that has been coming, and delivers it to an open attempt. */
  #complete(): void {
    const [notification] = this.#coming.splice(this.#integer(this.#coming.length), 1);
    if (notification !== undefined) this.#notify(notification);
  }

  #notify(notification: Notification, asAck = false): void {
    this.#journal.push(notification);
    if (this.#inputClosed) return;
    if (asAck && notification.kind !== "signal") {
      const { completionId } = notification;
      this.#attempt?.receive([{ kind: "proposeRunCompletionAck", completionId }]);
    } else {
      if (notification.kind === "signal") this.#cancelsGiven++;
      this.#attempt?.receive([notification]);
    }
  }

  #store(count: number): void {
    for (let index = 0; index < count; index++) {
      const message = this.#inFlight.shift();
      if (message === undefined) return;
      this.#receive(message);
    }
  }

  #receive(message: EndpointMessage): void {
    switch (message.kind) {
      case "awaitingOn":
        return;
      case "suspension":
        this.#waitsFor = message.awaitingOn;
        this.#cancelsSeen = this.#cancelsGiven;
        this.#attempt = undefined;
        return;
      case "error":
        if (message.code === 570 || message.code === 571) throw new Error(message.message);
        this.#attempt = undefined;
        this.#retries++;
        return;
      case "end":
        this.#ended = true;
        return;
      case "proposeRunCompletion":
        this.#notify(
          completion("runCompletion", message.completionId, message.result),
          message.requestAck === true,
        );
        return;
      default:
        this.#retries = 0;
        this.#receiveCommand(message);
    }
  }

  #receiveCommand(command: Command): void {
    this.#journal.push(command);
    switch (command.kind) {
      case "output":
        this.#result = command.result;
        return;
      case "sleep":
        this.#coming.push(completion("sleepCompletion", command.resultCompletionId, VOID));
        return;
      case "call": {
        this.#notify(callId(command.invocationIdCompletionId, `inv_${command.handler}`));
        const result = answer(command.handler);
        this.#coming.push(completion("callCompletion", command.resultCompletionId, result));
        return;
      }
      case "oneWayCall":
        this.#notify(callId(command.invocationIdCompletionId, `inv_${command.handler}`));
        return;
      default:
    }
  }

  #chance(rate: number): boolean {
    return this.#options.random() < rate;
  }

  #integer(below: number): number {
    return Math.floor(this.#options.random() * below);
  }
}

/** What a call of `handler` gives: handlers whose names begin with "bad" fail. */
function answer(handler: string): NotificationResult {
  return handler.startsWith("bad") ? failure(`${handler} failed`) : value(`${handler} done`);
}

type Verdict = "pending" | "success" | "failure" | "unknown";

/** Whether a journal lets an invocation go on that awaits `future`. */
export function evaluate(
  future: Future,
  journal: readonly JournalEntry[],
  version: ProtocolVersion,
): boolean {
  const verdicts = new Map<string, Verdict>();
  for (const entry of journal) {
    if (isCommand(entry)) continue;
    const key = entry.kind === "signal" ? `s${entry.signalIndex}` : `c${entry.completionId}`;
    verdicts.set(key, entry.result.kind === "failure" ? "failure" : "success");
  }
  if (version < 7) return leaves(future).some((key) => verdicts.has(key));
  return judge(future, verdicts) !== "pending";
}

function leaves(future: Future): string[] {
  return [
    ...future.completions.map((id) => `c${id}`),
    ...future.signals.map((index) => `s${index}`),
    ...future.nested.flatMap(leaves),
  ];
}

function judge(future: Future, verdicts: ReadonlyMap<string, Verdict>): Verdict {
  const children = [
    ...future.completions.map((id) => verdicts.get(`c${id}`) ?? "pending"),
    ...future.signals.map((index) => verdicts.get(`s${index}`) ?? "pending"),
    ...future.nested.map((nested) => judge(nested, verdicts)),
  ];
  const done = children.filter((verdict) => verdict !== "pending");
  const allDone = done.length === children.length;
  switch (future.combinator) {
    case 2:
      return allDone ? "success" : "pending";
    case 3:
      if (done.includes("success")) return "success";
      if (done.includes("unknown")) return "unknown";
      return allDone ? "failure" : "pending";
    case 4:
      if (done.includes("failure")) return "failure";
      if (done.includes("unknown")) return "unknown";
      return allDone ? "success" : "pending";
    case 1:
      return done[0] ?? "pending";
    default:
      return done.length > 0 ? "unknown" : "pending";
  }
}
