/**
 * A server with one invocation, for properties: it keeps a journal, answers commands, and breaks
 * attempts off wherever `random` says so. What it does is decided by `random` alone.
 */
import {
  type Command,
  type EndpointMessage,
  FIRST_USER_SIGNAL_INDEX,
  type Future,
  type Notification,
  type NotificationResult,
  type ProtocolVersion,
  type ServerMessage,
} from "@rejoin/protocol";
import type { InProcessAttempt } from "../index.ts";
import { isCommand } from "../vm/command-info.ts";
import {
  INITIAL_STATE,
  type InvocationOptions,
  openProgram,
  type Program,
  startWith,
} from "./invocation.ts";
import {
  CANCEL,
  callId,
  completion,
  failure,
  inputMessage,
  signal,
  VOID,
  value,
} from "./messages.ts";
import { rest } from "./script.ts";

export type JournalEntry = Command | Notification;

export interface MiniServerOptions extends InvocationOptions {
  /** From 0 to 1, the next random number. */
  readonly random: () => number;
  /** How likely a step breaks the attempt off, each way. */
  readonly breakRate: number;
  /** Whether the invocation may be cancelled at some time. */
  readonly cancels: boolean;
  /** Whether results wait (in version 7) until what the attempt says it awaits can resolve. */
  readonly holdsBack?: boolean;
}

export interface Outcome {
  readonly result: unknown;
  readonly journal: readonly JournalEntry[];
  readonly attempts: number;
}

const STEPS_MAX = 3000;
const CANCELS_MAX = 2;
const SIGNALS_MAX = 10;
/** Signals that come by themselves: of the first awakeables, and of names. */
const SIGNAL_IDS = [17, 18, 19, "a", "b"] as const;

export class MiniServer {
  readonly #options: MiniServerOptions;
  readonly #program: Program;
  readonly #journal: JournalEntry[] = [inputMessage()];
  /** Completions that will come, in no particular order. */
  readonly #coming: Notification[] = [];
  #attempt: InProcessAttempt | undefined;
  #attempts = 0;
  #retries = 0;
  #result: unknown;
  #ended = false;
  #cancelCount = 0;
  #signalCount = 0;
  readonly #state = new Map(INITIAL_STATE);
  readonly #completedPromises = new Set<string>();
  #waitsFor: Future | undefined;
  /** Signals that the last attempt was given: the next wait for a name is for another one. */
  #signalsSeen = 0;
  #signalsGiven = 0;
  #inputClosed = false;
  /** What was written when the input was closed, if all that the attempt had said was known. */
  #writtenAtClose: readonly JournalEntry[] = [];
  /** What the attempt has said that it awaits. */
  #told: Future | undefined;
  /** Written, and not given to the attempt yet. */
  #held: Notification[] = [];
  /** Sent by the attempt, not stored yet: a crash loses it. */
  #inFlight: EndpointMessage[] = [];

  constructor(program: Program, options: MiniServerOptions) {
    this.#program = program;
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
    } else if (this.#signalCount < SIGNALS_MAX && this.#chance(0.15)) {
      this.#signal(SIGNAL_IDS[this.#integer(SIGNAL_IDS.length)] ?? "a");
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

  #signal(id: number | string): void {
    this.#signalCount++;
    const outcome = this.#chance(0.2) ? failure(`${id} failed`) : value(`${id} done`);
    this.#notify(signal(id, outcome));
  }

  /** Asks for suspension: whatever is written from now on reaches the next attempt only. */
  #closeInput(): void {
    this.#inputClosed = true;
    this.#writtenAtClose = this.#inFlight.length === 0 ? [...this.#journal] : [];
    this.#attempt?.closeInput();
  }

  #open(): void {
    if (this.#waitsFor !== undefined) return;
    this.#attempts++;
    this.#inputClosed = false;
    this.#told = undefined;
    this.#held = [];
    const attempt = openProgram(this.#program, this.#options, {
      send: (messages) => {
        if (this.#attempt === attempt || this.#attempt === undefined) {
          this.#inFlight.push(...messages);
        }
      },
      end: () => {},
    });
    this.#attempt = attempt;
    this.#signalsGiven = this.#journal.filter((entry) => entry.kind === "signal").length;
    const start = startWith(this.#state, this.#options.partialState, {
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
    if (
      awaited === undefined ||
      evaluate(awaited, withoutSignals(this.#journal, this.#signalsSeen), version)
    ) {
      this.#waitsFor = undefined;
    } else if (this.#coming.length > 0) {
      this.#complete();
    } else if (awaitedSignals(awaited).length > 0) {
      const ids = awaitedSignals(awaited);
      this.#signal(ids[this.#integer(ids.length)] ?? "a");
    } else if (this.#cancelCount < CANCELS_MAX && this.#options.cancels) {
      this.#cancel();
    } else {
      throw new Error(`suspended for ever: ${JSON.stringify(awaited)}`);
    }
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
      this.#release();
      const { completionId } = notification;
      this.#attempt?.receive([{ kind: "proposeRunCompletionAck", completionId }]);
      return;
    }
    this.#held.push(notification);
    if (!this.#holds || notification === CANCEL || this.#resolves(this.#told)) this.#release();
  }

  #release(): void {
    const held = this.#held;
    this.#held = [];
    this.#signalsGiven += held.filter(({ kind }) => kind === "signal").length;
    if (held.length > 0) this.#attempt?.receive(held);
  }

  get #holds(): boolean {
    return this.#options.holdsBack === true && this.#options.version >= 7;
  }

  #resolves(
    awaited: Future | undefined,
    journal: readonly JournalEntry[] = this.#journal,
  ): boolean {
    if (awaited === undefined) return false;
    return evaluate(awaited, withoutSignals(journal, this.#signalsGiven), 7);
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
        this.#told = message.awaitingOn;
        if (this.#held.length > 0 && this.#resolves(this.#told)) this.#release();
        return;
      case "suspension":
        this.#assertNotHeldBack(message.awaitingOn);
        this.#waitsFor = message.awaitingOn;
        this.#signalsSeen = this.#signalsGiven;
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

  /** The attempt has not said that it awaits what has been there all the time. */
  #assertNotHeldBack(awaited: Future): void {
    if (this.#held.length === 0 || !this.#resolves(awaited, this.#writtenAtClose)) return;
    throw new Error(
      `${JSON.stringify(awaited)} was awaited, but not ${JSON.stringify(this.#told)}`,
    );
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
      case "attachInvocation": {
        const result = value("attached");
        const { resultCompletionId } = command;
        this.#coming.push(completion("attachInvocationCompletion", resultCompletionId, result));
        return;
      }
      default:
        this.#receiveStateCommand(command);
        this.#receivePromiseCommand(command);
    }
  }

  #receiveStateCommand(command: Command): void {
    switch (command.kind) {
      case "setState":
        this.#state.set(decode(command.key), command.value);
        return;
      case "clearState":
        this.#state.delete(decode(command.key));
        return;
      case "clearAllState":
        this.#state.clear();
        return;
      case "getLazyState": {
        const stored = this.#state.get(decode(command.key));
        const result = stored === undefined ? VOID : ({ kind: "value", value: stored } as const);
        this.#notify(completion("getLazyStateCompletion", command.resultCompletionId, result));
        return;
      }
      case "getLazyStateKeys": {
        const keys = [...this.#state.keys()].map((name) => new TextEncoder().encode(name));
        const result = { kind: "stateKeys", keys } as const;
        this.#notify(completion("getLazyStateKeysCompletion", command.resultCompletionId, result));
        return;
      }
      default:
    }
  }

  #receivePromiseCommand(command: Command): void {
    switch (command.kind) {
      case "getPromise": {
        const result = value(`${command.key} done`);
        this.#coming.push(completion("getPromiseCompletion", command.resultCompletionId, result));
        return;
      }
      case "peekPromise":
        this.#notify(completion("peekPromiseCompletion", command.resultCompletionId, VOID));
        return;
      case "completePromise": {
        const again = this.#completedPromises.has(command.key);
        this.#completedPromises.add(command.key);
        const result = again ? failure("it is completed already", 409) : VOID;
        this.#notify(completion("completePromiseCompletion", command.resultCompletionId, result));
        return;
      }
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

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function isAwakeable(signalIndex: number | undefined): boolean {
  return signalIndex !== undefined && signalIndex >= FIRST_USER_SIGNAL_INDEX;
}

/** Without its first signals; awakeables aside, which are completed once: they may be seen again. */
function withoutSignals(journal: readonly JournalEntry[], count: number): readonly JournalEntry[] {
  let left = count;
  return journal.filter((entry) => {
    if (entry.kind !== "signal") return true;
    return left-- <= 0 || isAwakeable(entry.signalIndex);
  });
}

/** The awakeables and names that a future waits for. */
function awaitedSignals(future: Future): (number | string)[] {
  return [
    ...future.signals.filter(isAwakeable),
    ...future.namedSignals,
    ...future.nested.flatMap(awaitedSignals),
  ];
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
    const key = keyOf(entry);
    if (isAwakeable(entry.kind === "signal" ? entry.signalIndex : undefined) && verdicts.has(key))
      continue;
    verdicts.set(key, entry.result.kind === "failure" ? "failure" : "success");
  }
  if (version < 7) return leaves(future).some((key) => verdicts.has(key));
  return judge(future, verdicts) !== "pending";
}

function keyOf(entry: Notification): string {
  if (entry.kind !== "signal") return `c${entry.completionId}`;
  return `s${entry.signalIndex ?? entry.signalName}`;
}

function leaves(future: Future): string[] {
  return [
    ...future.completions.map((id) => `c${id}`),
    ...future.signals.map((index) => `s${index}`),
    ...future.namedSignals.map((name) => `s${name}`),
    ...future.nested.flatMap(leaves),
  ];
}

function judge(future: Future, verdicts: ReadonlyMap<string, Verdict>): Verdict {
  const children = [
    ...future.completions.map((id) => verdicts.get(`c${id}`) ?? "pending"),
    ...future.signals.map((index) => verdicts.get(`s${index}`) ?? "pending"),
    ...future.namedSignals.map((name) => verdicts.get(`s${name}`) ?? "pending"),
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
