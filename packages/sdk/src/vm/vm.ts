/**
 * The state machine of the service protocol: server messages in, endpoint messages out.
 *
 * It has no clock, no timers, no randomness and no promises; user code is represented by the
 * commands that it issues and the nodes that it awaits. The invariant that makes attempts repeat:
 *
 *   What user code sees is a function of the journal alone. Notifications take effect one after
 *   the other in journal order, only while user code has come to rest (the caller of `step` sees
 *   to that), and never before user code has issued every command that stands before them. A step
 *   ends with the first notification that settles something awaited, so user code reacts to that
 *   one before the next is delivered, live exactly as in a replay. What settles nothing awaited
 *   (the children of a pending `all`) is consumed in the same step without a pause.
 *
 * Why a replay cannot diverge: the server writes a notification before this side can react to it,
 * and commands in the order in which they were issued. So a command that stands before a
 * notification was not caused by it, and is issued again before that notification is delivered;
 * one that stands after it may have been issued earlier, which is why commands may step over
 * undelivered notifications, and never the other way round (`journal.ts`).
 */
import {
  CANCEL_SIGNAL_INDEX,
  type Command,
  type EndpointMessage,
  type InputCommand,
  type Outcome,
  type ProtocolVersion,
  type ServerMessage,
  type SignalNotification,
  type StartMessage,
} from "@rejoin/protocol";
import { ErrorCode } from "../errors.ts";
import { type AttemptFailure, type RelatedCommand, toErrorMessage } from "./attempt-failure.ts";
import { type AwaitNode, LeafNode, type Observer } from "./await-node.ts";
import { buildFlatFuture, buildFuture } from "./await-tree.ts";
import { AwaitingOn } from "./awaiting-on.ts";
import { Cancellation } from "./cancellation.ts";
import { isCommand } from "./command-info.ts";
import { equalCommands } from "./compare-commands.ts";
import { BLOCKED, type Delivery, type Entry, Journal } from "./journal.ts";
import { createAwaitMismatch, createCommandMismatch, type MismatchBehavior } from "./mismatch.ts";
import { type RunHandle, Runs } from "./runs.ts";

export interface VmOptions {
  readonly version: ProtocolVersion;
  readonly onJournalMismatch: MismatchBehavior;
}

/** Whoever drives the machine. */
export interface VmHost {
  /** User code itself has settled something that is awaited: see {@link Vm.takeResolved}. */
  resolvedOutsideStep(): void;
}

/**
 * `start`: the Start message is due. `entries`: known entries are due. `running`: user code may
 * run. `closed`: a terminal message was written; nothing is read or written any more.
 */
export type VmPhase = "start" | "entries" | "running" | "closed";

/**
 * What a step came to. `resolved`: something awaited has settled, see {@link Vm.takeResolved}.
 * `cancelled`: everything awaited has to be rejected. `idle`: nothing more can be delivered.
 */
export type Step = "resolved" | "cancelled" | "idle";

const NO_NODES: readonly AwaitNode[] = [];

export class Vm implements Observer {
  readonly version: ProtocolVersion;
  readonly #options: VmOptions;
  readonly #host: VmHost;
  readonly #journal = new Journal();
  #phase: VmPhase = "start";
  #start: StartMessage | undefined = undefined;
  #input: InputCommand | undefined = undefined;
  #entriesDue = 0;
  #inputClosed = false;
  #output: EndpointMessage[] = [];
  #commandIndex = 0;
  #lastCompletionId = 0;
  #leaves: (LeafNode | undefined)[] | undefined = undefined;
  #roots: Set<AwaitNode> | undefined = undefined;
  #internalRoots = 0;
  #stepping = false;
  #resolved: AwaitNode[] = [];
  #runs: Runs | undefined = undefined;
  #cancellation: Cancellation | undefined = undefined;
  #awaitingOn: AwaitingOn | undefined = undefined;

  constructor(options: VmOptions, host: VmHost) {
    this.version = options.version;
    this.#options = options;
    this.#host = host;
  }

  get phase(): VmPhase {
    return this.#phase;
  }

  /** Recorded commands are left: user code repeats what an earlier attempt did. */
  get replaying(): boolean {
    return this.#journal.commandsLeft > 0;
  }

  /** Index of the command issued last; the input is 0. */
  get commandIndex(): number {
    return this.#commandIndex;
  }

  get outputLength(): number {
    return this.#output.length;
  }

  /** The Start message; only once {@link phase} is past "start". */
  get startMessage(): StartMessage {
    if (this.#start === undefined) throw new Error("the start message has not been received");
    return this.#start;
  }

  /** The input; only once {@link phase} is "running". */
  get input(): InputCommand {
    if (this.#input === undefined) throw new Error("the input has not been received");
    return this.#input;
  }

  // ---- from the server -----------------------------------------------------------------------

  receive(message: ServerMessage): void {
    switch (this.#phase) {
      case "start":
        this.#receiveStart(message);
        return;
      case "entries":
        this.#receiveKnownEntry(message);
        return;
      case "running":
        this.#receiveLive(message);
        return;
      case "closed":
        return;
    }
  }

  /** Nothing more will come: whatever is missing has to be awaited by a suspension. */
  closeInput(): void {
    this.#inputClosed = true;
    if (this.#phase === "start" || this.#phase === "entries") {
      this.fail(violation("the input was closed before all known entries were received"));
    }
  }

  #receiveStart(message: ServerMessage): void {
    if (message.kind !== "start") {
      this.fail(violation(`expected the start message, got ${message.kind}`));
    } else if (message.knownEntries === 0) {
      this.fail(violation("the start message announces no known entries"));
    } else {
      this.#start = message;
      this.#entriesDue = message.knownEntries;
      this.#phase = "entries";
    }
  }

  #receiveKnownEntry(message: ServerMessage): void {
    if (this.#input === undefined) {
      if (message.kind !== "input") {
        this.fail(violation(`expected the input, got ${message.kind}`));
        return;
      }
      this.#input = message;
    } else if (isEntry(message)) {
      this.#journal.append(message);
    } else {
      this.fail(violation(`expected a known entry, got ${message.kind}`));
      return;
    }
    if (--this.#entriesDue === 0) this.#phase = "running";
  }

  #receiveLive(message: ServerMessage): void {
    if (message.kind === "commandAck") return;
    if (isEntry(message) && !isCommand(message)) this.#journal.append(message);
    else this.fail(violation(`unexpected ${message.kind} after the known entries`));
  }

  // ---- from user code ------------------------------------------------------------------------

  /** A completion id for the next command to declare. */
  declareCompletion(): number {
    this.#awaitingOn?.leafDeclared();
    return ++this.#lastCompletionId;
  }

  /** The node of a completion. */
  leaf(completionId: number): LeafNode {
    this.#leaves ??= [];
    let leaf = this.#leaves[completionId];
    if (leaf === undefined) {
      leaf = new LeafNode(completionId, false);
      this.#leaves[completionId] = leaf;
    }
    return leaf;
  }

  /** Issues a command, or matches it with the recorded one. Says whether it was recorded. */
  issue(command: Command): boolean {
    const recorded = this.#journal.takeCommand();
    const index = ++this.#commandIndex;
    if (recorded === undefined) {
      this.#output.push(command);
      return false;
    }
    if (!equalCommands(recorded, command)) {
      throw createCommandMismatch(recorded, command, index, this.#options);
    }
    return true;
  }

  /** A cancellation will be passed on to this call. */
  trackCall(resultCompletionId: number): void {
    this.#cancellations.trackCall(resultCompletionId);
  }

  /** Registers a run whose closure may have to be executed. */
  registerRun(run: RunHandle): void {
    this.#runs ??= new Runs();
    this.#runs.register(run);
  }

  /** Awaits a node that has been activated and is pending. */
  await(node: AwaitNode): void {
    this.#roots ??= new Set();
    this.#roots.add(node);
    node.observer = this;
    if (this.version >= 7) {
      this.#awaitingOn ??= new AwaitingOn();
      this.#awaitingOn.rootAdded();
    }
  }

  /** A cancellation was raised while nothing was awaited: the next await takes it. */
  takeCancellation(): boolean {
    return this.#cancellation?.takeRaised() ?? false;
  }

  /** Where a node that settles outside of a step stands in the order of things. */
  get position(): number {
    return this.#journal.position;
  }

  /** An awaited node has settled, in a step or by the hand of user code. */
  nodeSettled(node: AwaitNode): void {
    this.#roots?.delete(node);
    this.#awaitingOn?.rootSettled();
    this.#resolved.push(node);
    if (!this.#stepping) this.#host.resolvedOutsideStep();
  }

  // ---- progress ------------------------------------------------------------------------------

  /** Delivers until something awaited settles. Call only while user code is at rest. */
  step(): Step {
    this.#stepping = true;
    try {
      return this.#deliverUntilResolved();
    } finally {
      this.#stepping = false;
    }
  }

  #deliverUntilResolved(): Step {
    for (;;) {
      const delivery = this.#journal.takeDelivery();
      if (delivery === undefined) return "idle";
      if (delivery === BLOCKED) {
        this.#assertNotStuck();
        return "idle";
      }
      this.#deliver(delivery);
      if (this.#isAwaited() && this.takeCancellation()) return "cancelled";
      if (this.#resolved.length > 0) return "resolved";
    }
  }

  /** The awaited nodes that have settled since the last call, in the order in which they did. */
  takeResolved(): readonly AwaitNode[] {
    if (this.#resolved.length === 0) return NO_NODES;
    const resolved = this.#resolved;
    this.#resolved = [];
    return resolved;
  }

  /** The awaited nodes, which are awaited no more. */
  takeRoots(): readonly AwaitNode[] {
    const roots = [...(this.#roots ?? [])].filter((node) => node.observer === this);
    for (const node of roots) {
      node.observer = undefined;
      this.#roots?.delete(node);
    }
    return roots;
  }

  /** The runs whose closures have to start now: only while something is awaited. */
  startRuns(): readonly RunHandle[] {
    if (this.#runs === undefined || !this.#isAwaited() || this.replaying) return [];
    return this.#runs.start();
  }

  runEnded(): void {
    this.#runs?.ended();
  }

  /** Proposes what a closure came to. The run settles when the server has stored it. */
  proposeRun(run: RunHandle, result: Outcome): void {
    const completionId = run.leaf.id;
    if (this.version < 7) {
      this.#output.push({ kind: "proposeRunCompletion", completionId, result });
      return;
    }
    this.#runs?.propose(completionId, result);
    this.#output.push({
      kind: "proposeRunCompletion",
      completionId,
      result,
      requestAck: true,
    });
  }

  /** Says what is awaited, or suspends, when user code rests and nothing can be delivered. */
  rest(): void {
    if (!this.#isAwaited() || this.#roots === undefined) return;
    const executing = (this.#runs?.executing ?? 0) > 0;
    if (this.#inputClosed) {
      if (!executing) this.#suspend(this.#roots);
      return;
    }
    const message = this.#awaitingOn?.due(this.#roots, this.#isCancellable, executing);
    if (message !== undefined) this.#output.push(message);
  }

  // ---- the end -------------------------------------------------------------------------------

  /** The handler has come to its result. */
  complete(result: Outcome): void {
    this.issue({ kind: "output", name: "", result });
    const recorded = this.#journal.peekCommand();
    if (recorded !== undefined) {
      const end = { kind: "output", name: "", result } as const;
      throw createCommandMismatch(recorded, end, this.#commandIndex + 1, this.#options);
    }
    this.#close({ kind: "end" });
  }

  fail(failure: AttemptFailure): void {
    if (this.#phase !== "closed") this.#close(toErrorMessage(failure));
  }

  /** The attempt is over and nobody listens: nothing is written. */
  abort(): void {
    this.#phase = "closed";
    this.#output = [];
  }

  /** What the command issued next, or last, is called in an error message. */
  relatedCommand(kind: RelatedCommand["kind"], index: number, name?: string): RelatedCommand {
    return name === undefined ? { kind, index } : { kind, index, name };
  }

  /** Everything written since the last call. */
  takeOutput(): readonly EndpointMessage[] {
    const output = this.#output;
    this.#output = [];
    return output;
  }

  #suspend(roots: ReadonlySet<AwaitNode>): void {
    const build = this.version >= 7 ? buildFuture : buildFlatFuture;
    this.#close({ kind: "suspension", awaitingOn: build(roots, this.#isCancellable) });
  }

  #close(last: EndpointMessage): void {
    this.#output.push(last);
    this.#phase = "closed";
  }

  // ---- deliveries ----------------------------------------------------------------------------

  #deliver(delivery: Delivery): void {
    if (delivery.kind === "signal") {
      this.#deliverSignal(delivery);
      return;
    }
    const leaf = this.leaf(delivery.completionId);
    if (leaf.watched) this.#awaitingOn?.leafSettled();
    if (delivery.kind !== "proposeRunCompletionAck") {
      leaf.settleWith(delivery.result, this.#journal.position);
      return;
    }
    const outcome = this.#runs?.acknowledged(delivery.completionId);
    if (outcome !== undefined) leaf.settleWith(outcome, this.#journal.position);
  }

  #deliverSignal(signal: SignalNotification): void {
    if (signal.signalIndex === CANCEL_SIGNAL_INDEX) this.#cancellations.request();
  }

  get #cancellations(): Cancellation {
    this.#cancellation ??= new Cancellation({
      leaf: (completionId) => this.leaf(completionId),
      issue: (command) => this.issue(command),
      awaitInternally: (node, settled) => this.#awaitInternally(node, settled),
    });
    return this.#cancellation;
  }

  /** The stored cancel signal would end every later suspension at once. */
  get #isCancellable(): boolean {
    return this.#cancellation?.seen !== true;
  }

  #awaitInternally(node: AwaitNode, settled: () => void): void {
    this.#roots ??= new Set();
    this.#roots.add(node);
    this.#internalRoots++;
    node.observer = {
      nodeSettled: () => {
        this.#roots?.delete(node);
        this.#internalRoots--;
        settled();
      },
    };
  }

  #isAwaited(): boolean {
    return this.#roots !== undefined && this.#roots.size > this.#internalRoots;
  }

  #assertNotStuck(): void {
    const recorded = this.#journal.peekCommand();
    if (!this.#isAwaited() || recorded === undefined) return;
    throw createAwaitMismatch(recorded, this.#commandIndex + 1, this.#roots ?? [], this.#options);
  }
}

function isEntry(message: ServerMessage): message is Entry {
  return message.kind !== "start" && message.kind !== "commandAck";
}

function violation(message: string): AttemptFailure {
  return { code: ErrorCode.protocolViolation, message };
}
