/**
 * An attempt of a script. Replaying, acknowledgements and suspension are the least that the protocol
 * asks for, so that what a test sees is the server's doing.
 */
import {
  type AttachTarget,
  CANCEL_SIGNAL_INDEX,
  type Command,
  type EndpointMessage,
  type Future,
  formatAwakeableId,
  type InvocationKey,
  isCommandKind,
  isNotificationKind,
  type Notification,
  type NotificationResult,
  type Outcome,
  type ProtocolVersion,
  parseInvocationId,
  type ServerMessage,
  type StartMessage,
} from "@rejoin/protocol";
import {
  AttemptCrash,
  type CallOptions,
  type ErrorOptions,
  type Script,
  type ScriptEnd,
  ScriptFailure,
  type ScriptIo,
  type SendOptions,
} from "./script.ts";
import { flat, isResolved, type Results, withCancel, withoutTaken } from "./script-awaits.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The endpoint, as an attempt needs it. */
export interface AttemptHost {
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
  private readonly host: AttemptHost;
  private readonly results: Results = new Map();
  private readonly replay: Command[] = [];
  private readonly proposed = new Map<number, NotificationResult>();
  private state: State = "replaying";
  private known = 0;
  private entries = 0;
  private nextId = 1;
  private nextSignal = 17;
  private start: StartMessage | undefined;
  private readonly stateMap = new Map<string, string>();
  private isPartial = false;
  private cancelled = false;
  private inputClosed = false;
  private running: Generator<Future, ScriptEnd, void> | undefined;
  private waitingFor: Future | undefined;
  private outbox: EndpointMessage[] = [];
  private scheduled = false;

  constructor(script: Script, version: ProtocolVersion, service: string, host: AttemptHost) {
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
      this.start = message;
      this.isPartial = message.partialState;
      for (const { key, value } of message.stateMap) {
        this.stateMap.set(decoder.decode(key), decoder.decode(value));
      }
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
    // A signal may be sent as often as one likes; the first counts.
    if (this.results.has(id) && notification.kind === "signal") return;
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
      const isStuck = this.waitingFor !== undefined && !isResolved(this.waitingFor, this.results);
      const isCancelled = isStuck && !this.cancelled && this.results.has(CANCELLED);
      if (isStuck && !isCancelled) break;
      this.waitingFor = undefined;
      const { done, value } = isCancelled ? this.cancel(this.running) : this.running.next();
      if (this.state !== "running") return;
      if (done === true) return this.finish(toOutcome(value as ScriptEnd));
      this.waitingFor = value as Future;
    }
    if (this.waitingFor !== undefined) this.sayWhatIsAwaited(this.waitingFor);
  }

  /** As SDKs have it: what the code waits for fails. */
  private cancel(running: Generator<Future, ScriptEnd, void>): IteratorResult<Future, ScriptEnd> {
    this.cancelled = true;
    return running.throw(new ScriptFailure({ code: 409, message: "cancelled" }));
  }

  private sayWhatIsAwaited(awaited: Future): void {
    const open = withoutTaken(awaited, this.results);
    const awaitingOn = this.version === 7 ? withCancel(open) : flat(open, this.results);
    if (this.inputClosed) {
      this.outbox.push({ kind: "suspension", awaitingOn });
      this.over();
    } else if (this.version === 7) {
      this.outbox.push({ kind: "awaitingOn", awaitingOn, executingSideEffects: false });
    }
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

  get key(): string {
    return this.start?.key ?? "";
  }

  get invocationId(): string {
    return this.start?.debugId ?? "";
  }

  // ---- state and promises ------------------------------------------------------------------------

  setState(name: string, value: string | Uint8Array): void {
    const bytes = toBytes(value);
    this.command({ kind: "setState", name: "", key: encoder.encode(name), value: bytes });
    this.stateMap.set(name, decoder.decode(bytes));
  }

  clearState(name: string): void {
    this.command({ kind: "clearState", name: "", key: encoder.encode(name) });
    this.stateMap.delete(name);
  }

  clearAllState(): void {
    this.command({ kind: "clearAllState", name: "" });
    this.stateMap.clear();
    this.isPartial = false;
  }

  getState(name: string): number {
    const resultCompletionId = this.nextId++;
    this.command({ kind: "getLazyState", name: "", key: encoder.encode(name), resultCompletionId });
    return resultCompletionId;
  }

  stateKeys(): number {
    const resultCompletionId = this.nextId++;
    this.command({ kind: "getLazyStateKeys", name: "", resultCompletionId });
    return resultCompletionId;
  }

  takeKeys(id: number): string {
    const result = this.result(id);
    if (result?.kind !== "stateKeys") throw new Error(`completion ${id} has no names`);
    return result.keys.map((name) => decoder.decode(name)).join(",");
  }

  eagerState(name: string): string | undefined {
    const value = this.stateMap.get(name);
    if (value === undefined && this.isPartial) throw new Error(`the state ${name} was not given`);
    const present =
      value === undefined ? VOID : ({ kind: "value", value: toBytes(value) } as const);
    const { command } = this.command({
      kind: "getEagerState",
      name: "",
      key: encoder.encode(name),
      result: present,
    });
    return command.result.kind === "void" ? undefined : decoder.decode(command.result.value);
  }

  getPromise(name: string): number {
    const resultCompletionId = this.nextId++;
    this.command({ kind: "getPromise", name: "", key: name, resultCompletionId });
    return resultCompletionId;
  }

  peekPromise(name: string): number {
    const resultCompletionId = this.nextId++;
    this.command({ kind: "peekPromise", name: "", key: name, resultCompletionId });
    return resultCompletionId;
  }

  completePromise(name: string, completion: Outcome | string): number {
    const resultCompletionId = this.nextId++;
    this.command({
      kind: "completePromise",
      name: "",
      key: name,
      completion: typeof completion === "string" ? textValue(completion) : completion,
      resultCompletionId,
    });
    return resultCompletionId;
  }

  // ---- signals and results -----------------------------------------------------------------------

  awakeable(): { readonly id: string; readonly signal: number } {
    const signal = this.nextSignal++;
    const key: InvocationKey = parseInvocationId(this.invocationId);
    return { id: formatAwakeableId(key, signal), signal };
  }

  completeAwakeable(awakeableId: string, result: Outcome | string): void {
    const outcome = typeof result === "string" ? textValue(result) : result;
    this.command({ kind: "completeAwakeable", name: "", awakeableId, result: outcome });
  }

  sendSignal(targetInvocationId: string, signal: number | string, value?: string): void {
    const result = value === undefined ? VOID : textValue(value);
    const id = typeof signal === "number" ? { signalIndex: signal } : { signalName: signal };
    this.command({ kind: "sendSignal", name: "", targetInvocationId, ...id, result });
  }

  takeSignal(id: number | string): string {
    const result = this.results.get(`s${id}`);
    if (result?.kind === "value") return decoder.decode(result.value);
    if (result?.kind === "failure") throw new ScriptFailure(result.failure);
    return "";
  }

  attach(target: string | AttachTarget): number {
    const resultCompletionId = this.nextId++;
    const named = typeof target === "string" ? byId(target) : target;
    this.command({ kind: "attachInvocation", name: "", target: named, resultCompletionId });
    return resultCompletionId;
  }

  outputOf(invocationId: string): number {
    const resultCompletionId = this.nextId++;
    const target = byId(invocationId);
    this.command({ kind: "getInvocationOutput", name: "", target, resultCompletionId });
    return resultCompletionId;
  }

  calleeOf(id: number): string {
    for (const at of [id, id - 1]) {
      const result = this.result(at);
      if (result?.kind === "invocationId") return result.invocationId;
    }
    throw new Error(`completion ${id} names no invocation`);
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

const VOID = { kind: "void" } as const;
const CANCELLED = `s${CANCEL_SIGNAL_INDEX}`;

function textValue(text: string): Outcome & { readonly kind: "value" } {
  return { kind: "value", value: encoder.encode(text) };
}

function byId(invocationId: string): AttachTarget {
  return { kind: "invocation", invocationId };
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
