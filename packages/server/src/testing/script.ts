/**
 * An endpoint without an SDK: handlers are generators that say which messages they send and what
 * they wait for. Replaying, acknowledgements and suspension are the least that the protocol asks
 * for, so that what a test sees is the server's doing.
 */
import {
  CANCEL_SIGNAL_INDEX,
  Combinator,
  type Command,
  type EndpointManifest,
  type EndpointMessage,
  type Failure,
  type Future,
  isCommandKind,
  isNotificationKind,
  type ManifestOptions,
  type Notification,
  type NotificationResult,
  type Outcome,
  type ProtocolVersion,
  type ServerMessage,
} from "@rejoin/protocol";
import type { EmbeddedEndpoint } from "../core.ts";

/** What an invocation ends with; nothing if the script has said that itself. */
export type ScriptEnd = Outcome | string | Uint8Array | undefined;

/** A function that answers at once, or a generator that yields what it waits for. */
export type Script = (io: ScriptIo) => Generator<Future, ScriptEnd, void> | ScriptEnd;

export interface HandlerScript extends ManifestOptions {
  readonly script: Script;
}

export type Handlers = Readonly<Record<string, Script | HandlerScript>>;

/** Thrown by a script: its invocation ends with this failure. */
export class ScriptFailure extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** Thrown by a script: this attempt ends, as a crash of the process would end it. */
export class AttemptCrash extends Error {}

/** Sent by a script: this attempt ends with an error message. */
export type ErrorOptions = Partial<Omit<Extract<EndpointMessage, { kind: "error" }>, "kind">>;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function future(
  combinator: Combinator,
  completions: readonly number[],
  nested: readonly Future[] = [],
): Future {
  return { combinator, completions, signals: [], namedSignals: [], nested };
}

/** What a script can do: {@link ScriptAttempt} without its server's side. */
export interface ScriptIo {
  readonly version: ProtocolVersion;
  readonly input: Uint8Array;
  readonly text: string;
  /** How many attempts at this invocation the endpoint has seen, this one included. */
  readonly attempt: number;
  now(): number;
  call(handler: string, input?: string | Uint8Array, options?: CallOptions): number;
  send(handler: string, input?: string | Uint8Array, options?: SendOptions): number;
  sleep(ms: number): number;
  /** Journals what `work` gives; an acknowledgement will do. */
  run(work: () => string | Uint8Array, options?: { readonly requestAck?: boolean }): number;
  output(value: string | Uint8Array): void;
  /** Sends what it is given as it is. */
  raw(...messages: readonly EndpointMessage[]): void;
  /** Ends the attempt with an error message. */
  error(options: ErrorOptions): void;
  result(id: number): NotificationResult | undefined;
  /** The text of a value; throws the failure on. */
  take(id: number): string;
  takeBytes(id: number): Uint8Array;
}

export interface CallOptions {
  readonly idempotencyKey?: string;
  readonly service?: string;
  readonly key?: string;
  readonly requestAck?: boolean;
}

export interface SendOptions extends CallOptions {
  readonly delayMs?: number;
}

export function all(...ids: readonly number[]): Future {
  return future(Combinator.allCompleted, ids);
}

export function first(...ids: readonly number[]): Future {
  return future(Combinator.firstCompleted, ids);
}

export interface EndpointOptions {
  readonly handlers: Handlers;
  readonly service?: string;
  readonly now: () => number;
  /** Called with what goes wrong in the endpoint itself: a wrong replay, a bug in a script. */
  readonly onFault: (error: unknown) => void;
}

export class ScriptedEndpoint implements EmbeddedEndpoint {
  readonly manifest: EndpointManifest;
  /** Attempts that are open. */
  readonly openAttempts = new Set<ScriptAttempt>();
  attemptsMax = 0;
  private readonly scripts = new Map<string, Script>();
  private readonly attempts = new Map<string, number>();
  private readonly options: EndpointOptions;

  constructor(options: EndpointOptions) {
    this.options = options;
    const name = options.service ?? "S";
    const handlers = Object.entries(options.handlers).map(([handler, value]) => {
      const own = typeof value === "function" ? { script: value } : value;
      const { script, ...rest } = own;
      this.scripts.set(`${name}/${handler}`, script);
      return { name: handler, ...rest };
    });
    this.manifest = {
      protocolMode: "BIDI_STREAM",
      minProtocolVersion: 5,
      maxProtocolVersion: 7,
      services: [{ name, ty: "SERVICE", handlers }],
    };
  }

  open(
    request: {
      readonly service: string;
      readonly handler: string;
      readonly version: ProtocolVersion;
    },
    sink: { send(messages: readonly EndpointMessage[]): void; end(): void },
  ): ScriptAttempt {
    const { service, handler, version } = request;
    const script = this.scripts.get(`${service}/${handler}`);
    if (script === undefined) throw new Error(`no handler ${service}/${handler}`);
    const attempt = new ScriptAttempt(script, version, service, {
      send: (messages) => sink.send(messages),
      end: () => {
        this.openAttempts.delete(attempt);
        sink.end();
      },
      ended: () => this.openAttempts.delete(attempt),
      now: this.options.now,
      fault: this.options.onFault,
      count: (id) => {
        const count = (this.attempts.get(id) ?? 0) + 1;
        this.attempts.set(id, count);
        return count;
      },
    });
    this.openAttempts.add(attempt);
    this.attemptsMax = Math.max(this.attemptsMax, this.openAttempts.size);
    return attempt;
  }
}

interface Host {
  send(messages: readonly EndpointMessage[]): void;
  end(): void;
  ended(): void;
  now(): number;
  fault(error: unknown): void;
  count(id: string): number;
}

type State = "replaying" | "running" | "over";

export class ScriptAttempt implements ScriptIo {
  readonly version: ProtocolVersion;
  input: Uint8Array = new Uint8Array(0);
  attempt = 0;
  private readonly script: Script;
  private readonly service: string;
  private readonly host: Host;
  private readonly results = new Map<string, NotificationResult>();
  private readonly replay: Command[] = [];
  private readonly proposed = new Map<number, NotificationResult>();
  private state: State = "replaying";
  private known = 0;
  private entries = 0;
  private nextId = 1;
  private inputClosed = false;
  private running: Generator<Future, ScriptEnd, void> | undefined;
  private waitingFor: Future | undefined;
  private outbox: EndpointMessage[] = [];
  private scheduled = false;

  constructor(script: Script, version: ProtocolVersion, service: string, host: Host) {
    this.script = script;
    this.version = version;
    this.service = service;
    this.host = host;
  }

  get text(): string {
    return decoder.decode(this.input);
  }

  now(): number {
    return this.host.now();
  }

  // ---- the server's side ------------------------------------------------------------------------

  receive(messages: readonly ServerMessage[]): void {
    if (this.state === "over") return;
    for (const message of messages) this.accept(message);
    this.schedule();
  }

  closeInput(): void {
    this.inputClosed = true;
    this.schedule();
  }

  abort(): void {
    this.state = "over";
    this.host.ended();
  }

  private accept(message: ServerMessage): void {
    if (message.kind === "start") {
      this.known = message.knownEntries;
      this.attempt = this.host.count(message.debugId);
    } else if (message.kind === "commandAck") {
      return;
    } else if (message.kind === "proposeRunCompletionAck") {
      const result = this.proposed.get(message.completionId);
      if (result !== undefined) this.results.set(`c${message.completionId}`, result);
    } else if (isNotificationKind(message.kind)) {
      this.entries += 1;
      this.note(message as Notification);
    } else if (isCommandKind(message.kind)) {
      this.entries += 1;
      if (message.kind === "input") this.input = message.value;
      else this.replay.push(message as Command);
    }
    if (this.state === "replaying" && this.entries > this.known) {
      this.host.fault(
        new Error(`${this.entries} entries were replayed, ${this.known} were announced`),
      );
    }
    if (this.state === "replaying" && this.known > 0 && this.entries === this.known) {
      this.state = "running";
    }
  }

  private note(notification: Notification): void {
    const id =
      notification.kind === "signal"
        ? `s${notification.signalIndex ?? notification.signalName}`
        : `c${notification.completionId}`;
    if (this.results.has(id)) this.host.fault(new Error(`the notification ${id} came twice`));
    else this.results.set(id, notification.result);
  }

  // ---- running ----------------------------------------------------------------------------------

  private schedule(): void {
    if (this.scheduled || this.state !== "running") return;
    this.scheduled = true;
    queueMicrotask(() => {
      this.scheduled = false;
      this.step();
    });
  }

  private step(): void {
    if (this.state !== "running") return;
    try {
      this.go();
    } catch (error) {
      if (error instanceof ScriptFailure) this.finish({ kind: "failure", failure: error.failure });
      else if (error instanceof AttemptCrash) this.crash();
      else this.host.fault(error);
    }
    this.flush();
  }

  private go(): void {
    this.running ??= asGenerator(() => this.script(this));
    while (this.state === "running") {
      if (this.waitingFor !== undefined && !this.isResolved(this.waitingFor)) break;
      this.waitingFor = undefined;
      const { done, value } = this.running.next();
      if (this.state !== "running") return;
      if (done === true) return this.finish(toOutcome(value as ScriptEnd));
      this.waitingFor = value as Future;
    }
    if (this.waitingFor !== undefined) this.sayWhatIsAwaited(this.waitingFor);
  }

  private sayWhatIsAwaited(awaited: Future): void {
    const awaitingOn = this.version === 7 ? withCancel(awaited) : this.flat(awaited);
    if (this.inputClosed) {
      this.outbox.push({ kind: "suspension", awaitingOn });
      this.over();
    } else if (this.version === 7) {
      this.outbox.push({ kind: "awaitingOn", awaitingOn, executingSideEffects: false });
    }
  }

  /** What versions 5 and 6 have: any of the leaves that are still open. */
  private flat(awaited: Future): Future {
    const leaves = (node: Future): number[] => [
      ...node.completions,
      ...node.nested.flatMap(leaves),
    ];
    const open = leaves(awaited).filter((id) => !this.results.has(`c${id}`));
    return { ...future(Combinator.unknown, open), signals: [CANCEL_SIGNAL_INDEX] };
  }

  private finish(outcome: Outcome | undefined): void {
    if (outcome !== undefined) this.command({ kind: "output", name: "", result: outcome });
    this.outbox.push({ kind: "end" });
    this.over();
  }

  /** The connection breaks: what was sent before may have arrived. */
  private crash(): void {
    this.over();
  }

  private over(): void {
    this.state = "over";
    const { outbox } = this;
    this.outbox = [];
    if (outbox.length > 0) this.host.send(outbox);
    this.host.end();
  }

  private flush(): void {
    if (this.outbox.length === 0 || this.state === "over") return;
    const { outbox } = this;
    this.outbox = [];
    this.host.send(outbox);
  }

  private isResolved(node: Future): boolean {
    return this.outcomeOf(node) !== undefined;
  }

  private outcomeOf(node: Future): "succeeded" | "failed" | undefined {
    const leaves = node.completions.map((id): "succeeded" | "failed" | undefined => {
      const result = this.results.get(`c${id}`);
      if (result === undefined) return undefined;
      return result.kind === "failure" ? "failed" : "succeeded";
    });
    const children = [...leaves, ...node.nested.map((child) => this.outcomeOf(child))];
    const done = children.filter((child) => child !== undefined);
    const complete = done.length === children.length;
    switch (node.combinator) {
      case Combinator.allCompleted:
        return complete ? "succeeded" : undefined;
      case Combinator.firstSucceededOrAllFailed:
        return done.includes("succeeded") ? "succeeded" : complete ? "failed" : undefined;
      case Combinator.allSucceededOrFirstFailed:
        return done.includes("failed") ? "failed" : complete ? "succeeded" : undefined;
      default:
        return done[0];
    }
  }

  // ---- what scripts do ---------------------------------------------------------------------------

  /** The command as it was stored, if this is a replay of it. */
  private command<C extends Command>(
    command: C,
  ): { readonly command: C; readonly replayed: boolean } {
    const stored = this.replay.shift();
    if (stored === undefined) {
      this.outbox.push(command);
      return { command, replayed: false };
    }
    if (stored.kind !== command.kind) {
      this.host.fault(new Error(`${command.kind} is replayed as ${stored.kind}`));
    }
    return { command: stored as C, replayed: true };
  }

  call(handler: string, input: string | Uint8Array = "", options: CallOptions = {}): number {
    const invocationIdCompletionId = this.nextId++;
    const resultCompletionId = this.nextId++;
    this.command({
      kind: "call",
      ...this.request(handler, input, options),
      invocationIdCompletionId,
      resultCompletionId,
    });
    return resultCompletionId;
  }

  send(handler: string, input: string | Uint8Array = "", options: SendOptions = {}): number {
    const invocationIdCompletionId = this.nextId++;
    const { delayMs } = options;
    this.command({
      kind: "oneWayCall",
      ...this.request(handler, input, options),
      invocationIdCompletionId,
      invokeTime: delayMs === undefined ? 0 : this.now() + delayMs,
    });
    return invocationIdCompletionId;
  }

  private request(handler: string, input: string | Uint8Array, options: CallOptions) {
    const { idempotencyKey, service = this.service, key = "", requestAck } = options;
    return {
      name: "",
      service,
      handler,
      key,
      parameter: toBytes(input),
      headers: [],
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      ...(requestAck === undefined ? {} : { requestAck }),
    };
  }

  sleep(ms: number): number {
    const resultCompletionId = this.nextId++;
    const wakeUpTime = this.now() + ms;
    this.command({ kind: "sleep", name: "", wakeUpTime, resultCompletionId });
    return resultCompletionId;
  }

  run(
    work: () => string | Uint8Array,
    { requestAck = true }: { readonly requestAck?: boolean } = {},
  ): number {
    const completionId = this.nextId++;
    this.command({ kind: "run", name: "", resultCompletionId: completionId });
    if (this.results.has(`c${completionId}`)) return completionId;
    const result: Outcome = { kind: "value", value: toBytes(work()) };
    this.proposed.set(completionId, result);
    this.outbox.push({ kind: "proposeRunCompletion", completionId, result, requestAck });
    return completionId;
  }

  output(value: string | Uint8Array): void {
    this.command({ kind: "output", name: "", result: { kind: "value", value: toBytes(value) } });
  }

  raw(...messages: readonly EndpointMessage[]): void {
    this.outbox.push(...messages);
  }

  error(options: ErrorOptions): void {
    const defaults = { code: 500, message: "boom", stacktrace: "", behavior: 0 } as const;
    this.outbox.push({ kind: "error", ...defaults, ...options });
    this.over();
  }

  result(id: number): NotificationResult | undefined {
    return this.results.get(`c${id}`);
  }

  takeBytes(id: number): Uint8Array {
    const result = this.result(id);
    if (result?.kind === "value") return result.value;
    if (result?.kind === "failure") throw new ScriptFailure(result.failure);
    if (result?.kind === "void") return new Uint8Array(0);
    throw new Error(`completion ${id} has not come`);
  }

  take(id: number): string {
    return decoder.decode(this.takeBytes(id));
  }
}

function* asGenerator(start: () => ReturnType<Script>): Generator<Future, ScriptEnd, void> {
  const made = start();
  return typeof made === "object" && "next" in made ? yield* made : made;
}

function toBytes(value: string | Uint8Array): Uint8Array {
  return typeof value === "string" ? encoder.encode(value) : value;
}

function toOutcome(value: ScriptEnd): Outcome | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "string" || value instanceof Uint8Array) {
    return { kind: "value", value: toBytes(value) };
  }
  return value as Outcome;
}

/** SDKs await the signal that cancels beside everything else. */
function withCancel(awaited: Future): Future {
  return { ...future(Combinator.firstCompleted, [], [awaited]), signals: [CANCEL_SIGNAL_INDEX] };
}
