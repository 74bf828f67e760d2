/**
 * One attempt at a script: replays its journal, goes on behind it, suspends when it is asked to.
 *
 * The steps run as a generator that yields what it awaits. Whatever depends on the order of events
 * depends on the order of notifications in the journal, so that a replay comes to the same.
 */
import {
  type Command,
  type EndpointMessage,
  ErrorBehavior,
  type ServerMessage,
  type StartMessage,
} from "@rejoin/protocol";
import type { InProcessAttempt, InProcessRequest, InProcessSink } from "@rejoin/sdk";
import { type Arrival, Arrivals, CANCEL, futureOf, type WaitId } from "./arrivals.ts";
import type { ScriptInput } from "./script.ts";
import { StateView } from "./state-view.ts";

/** One attempt, as whoever watches it knows it. */
export type WatchedScript = object;

/** Told what scripts do and see. */
export interface ScriptWatcher {
  readonly now: () => number;
  /** The attempt that is being given messages starts to run. */
  enteredScript(): WatchedScript;
  saw(attempt: WatchedScript, path: string, what: string): void;
  reached(attempt: WatchedScript, path: string): number;
  /** Whether its calls may have scopes: older versions of the protocol know none. */
  mayScope(attempt: WatchedScript): boolean;
  /** A cancellation has reached its code. */
  cancelled(attempt: WatchedScript, path?: string): void;
  /** It waits for something that somebody else has to bring about. */
  waits(attempt: WatchedScript, what: Waiting): void;
  /** The journal that it was given is not its own. */
  mismatch(attempt: WatchedScript, text: string): void;
}

export type Waiting =
  | { readonly for: "awakeable"; readonly index: number }
  | { readonly for: "signal" | "promise"; readonly name: string };

export interface Awaited {
  readonly ids: readonly WaitId[];
  /** Whether a cancellation ends the waiting. */
  readonly mayBeCancelled: boolean;
}

/** The steps of a script; runs from one thing that it awaits to the next. */
export type Steps = Generator<Awaited, void, Arrival>;

/** How an attempt ends before its script does. */
export class AttemptOver extends Error {}
/** The script has been cancelled. */
export class Cancelled extends Error {}

const MISMATCH = 570;

export class ScriptMachine implements InProcessAttempt {
  readonly watcher: ScriptWatcher;
  attempt: WatchedScript | undefined;
  state = new StateView([], true);
  start: StartMessage | undefined;
  input: ScriptInput = { script: [] };
  private readonly request: InProcessRequest;
  private readonly sink: InProcessSink;
  private readonly createSteps: (machine: ScriptMachine) => Steps;
  private readonly arrivals = new Arrivals();
  private readonly replayed: Command[] = [];
  private replayIndex = 0;
  private entriesLeft = 0;
  private completions = 0;
  private steps: Steps | undefined;
  private awaited: Awaited | undefined;
  private out: EndpointMessage[] = [];
  private inputClosed = false;
  private over = false;
  private cancelTaken = false;

  constructor(options: {
    readonly watcher: ScriptWatcher;
    readonly request: InProcessRequest;
    readonly sink: InProcessSink;
    readonly createSteps: (machine: ScriptMachine) => Steps;
  }) {
    this.watcher = options.watcher;
    this.request = options.request;
    this.sink = options.sink;
    this.createSteps = options.createSteps;
  }

  receive(messages: readonly ServerMessage[]): void {
    if (this.over) return;
    for (const message of messages) this.take(message);
    if (this.entriesLeft > 0 || this.start === undefined) return;
    if (this.steps === undefined) this.begin();
    this.advance();
  }

  closeInput(): void {
    this.inputClosed = true;
    if (this.steps !== undefined) this.advance();
  }

  abort(): void {
    this.over = true;
  }

  // ---- for the steps ----------------------------------------------------------------------------

  /** An id for the completion of the next command. */
  nextCompletion(): number {
    this.completions += 1;
    return this.completions;
  }

  /** The command that the journal has next, if it is being replayed. */
  get replaying(): Command | undefined {
    return this.replayed[this.replayIndex];
  }

  hasArrived(id: WaitId): boolean {
    return this.arrivals.first([id]) !== undefined;
  }

  /** Issues a command, or takes note that the journal has it; whether it is new. */
  issue(command: Command): boolean {
    const known = this.replaying;
    if (known === undefined) {
      this.out.push(command);
      return true;
    }
    this.replayIndex += 1;
    const same = known.kind === command.kind && nameOf(known) === nameOf(command);
    if (same) return false;
    const text = `${command.kind} ${nameOf(command)} where the journal has ${known.kind} ${nameOf(known)}`;
    if (this.attempt !== undefined) this.watcher.mismatch(this.attempt, text);
    this.fail(MISMATCH, text, false);
  }

  send(message: EndpointMessage): void {
    this.out.push(message);
  }

  /** Ends the attempt with an error. */
  fail(code: number, message: string, pauses: boolean): never {
    const behavior = pauses ? ErrorBehavior.pause : ErrorBehavior.retry;
    this.out.push({ kind: "error", code, message, stacktrace: "", behavior });
    throw new AttemptOver();
  }

  // ---- the stream -------------------------------------------------------------------------------

  private take(message: ServerMessage): void {
    if (message.kind === "start") {
      this.start = message;
      this.entriesLeft = message.knownEntries;
      this.state = new StateView(message.stateMap, message.partialState);
      return;
    }
    if (this.entriesLeft > 0) this.entriesLeft -= 1;
    if (message.kind === "input") {
      this.input = JSON.parse(Buffer.from(message.value).toString("utf8")) as ScriptInput;
    } else if (!this.arrivals.take(message) && message.kind !== "commandAck") {
      this.replayed.push(message as Command);
    }
  }

  private begin(): void {
    this.attempt = this.watcher.enteredScript();
    this.steps = this.createSteps(this);
    this.resume(() => this.steps?.next());
  }

  /** Runs the steps until they await what has not arrived. */
  private advance(): void {
    while (!this.over && this.awaited !== undefined) {
      const { ids, mayBeCancelled } = this.awaited;
      const canCancel = mayBeCancelled && !this.cancelTaken;
      const arrival = this.arrivals.first(canCancel ? [...ids, CANCEL] : ids);
      if (arrival === undefined) break;
      if (canCancel && arrival.id === CANCEL) {
        this.cancelTaken = true;
        this.resume(() => this.steps?.throw(new Cancelled()));
      } else this.resume(() => this.steps?.next(arrival));
    }
    this.flush();
  }

  private resume(run: () => IteratorResult<Awaited, void> | undefined): void {
    this.awaited = undefined;
    try {
      const result = run();
      if (result?.done === false) this.awaited = result.value;
      else this.over = true;
    } catch (error) {
      if (!(error instanceof AttemptOver)) throw error;
      this.over = true;
    }
  }

  /** Sends what there is, and what is awaited or how the attempt ends. */
  private flush(): void {
    if (this.awaited !== undefined && !this.over) this.sayAwaited(this.awaited);
    const { out } = this;
    this.out = [];
    if (out.length > 0) this.sink.send(out);
    if (this.over) this.sink.end();
  }

  private sayAwaited({ ids, mayBeCancelled }: Awaited): void {
    // One that has been cancelled says all the same that it can be: another cancellation may come.
    const awaitingOn = futureOf(mayBeCancelled ? [...ids, CANCEL] : ids);
    if (this.inputClosed) {
      this.out.push({ kind: "suspension", awaitingOn });
      this.over = true;
    } else if (this.request.version >= 7) {
      this.out.push({ kind: "awaitingOn", awaitingOn, executingSideEffects: false });
    }
  }
}

/** What distinguishes a command from others of its kind. */
function nameOf(command: Command): string {
  switch (command.kind) {
    case "setState":
    case "clearState":
    case "getLazyState":
    case "getEagerState":
      return Buffer.from(command.key).toString("utf8");
    case "call":
    case "oneWayCall":
      return `${command.service}/${command.key}/${command.handler}`;
    case "getPromise":
    case "peekPromise":
    case "completePromise":
      return command.key;
    case "completeAwakeable":
      return command.awakeableId;
    default:
      return "";
  }
}
