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
  type NotificationResult,
  type Outcome,
  type ProtocolVersion,
  type ServerMessage,
  type SignalNotification,
  type StartMessage,
} from "@rejoin/protocol";
import { type AttemptFailure, type RelatedCommand, toErrorMessage } from "./attempt-failure.ts";
import { type AwaitNode, LeafNode } from "./await-node.ts";
import { Awaits, type AwaitsHost, type AwaitsPolicy } from "./awaits.ts";
import { Cancellation } from "./cancellation.ts";
import { isCommand } from "./command-info.ts";
import { equalCommands } from "./compare-commands.ts";
import { Intake, type IntakePhase } from "./intake.ts";
import { BLOCKED, type Delivery } from "./journal.ts";
import { Leaves } from "./leaves.ts";
import { createAwaitMismatch, createCommandMismatch, type MismatchPolicy } from "./mismatch.ts";
import { type RunHandle, Runs } from "./runs.ts";
import { Signals } from "./signals.ts";
import { StateView } from "./state-view.ts";

/** What a handler's options say about its attempts. */
export type VmPolicy = MismatchPolicy & AwaitsPolicy;

/** Whoever drives the machine. */
export type VmHost = AwaitsHost;

/**
 * What a step came to. `resolved`: something awaited has settled, see {@link Vm.takeResolved}.
 * `cancelled`: everything awaited has to be rejected. `idle`: nothing more can be delivered.
 */
export type Step = "resolved" | "cancelled" | "idle";

const NO_RUNS: readonly RunHandle[] = [];

export class Vm {
  readonly version: ProtocolVersion;
  readonly #policy: VmPolicy;
  readonly #host: VmHost;
  readonly #intake = new Intake();
  #output: EndpointMessage[] | undefined = undefined;
  #commandIndex = 0;
  #lastIssued: Command | undefined = undefined;
  #lastCompletionId = 0;
  readonly #leaves = new Leaves();
  #awaits: Awaits | undefined = undefined;
  #runs: Runs | undefined = undefined;
  #cancellation: Cancellation | undefined = undefined;
  #signals: Signals | undefined = undefined;
  #state: StateView | undefined = undefined;
  #yields = false;

  constructor(policy: VmPolicy, host: VmHost) {
    this.version = policy.version;
    this.#policy = policy;
    this.#host = host;
  }

  get phase(): IntakePhase {
    return this.#intake.phase;
  }

  /** Recorded commands are left: user code repeats what an earlier attempt did. */
  get replaying(): boolean {
    const journal = this.#intake.journal;
    return journal !== undefined && journal.commandsLeft > 0;
  }

  /** Index of the command issued last; the input is 0. */
  get commandIndex(): number {
    return this.#commandIndex;
  }

  /** Where something that settles outside of a step stands in the order of things. */
  get position(): number {
    return this.#intake.journal?.position ?? 0;
  }

  get outputLength(): number {
    return this.#output?.length ?? 0;
  }

  /** User code awaits something of the server's, and none of its closures is running. */
  get onlyAwaits(): boolean {
    return this.#awaits?.any === true && (this.#runs?.executing ?? 0) === 0;
  }

  get startMessage(): StartMessage {
    return this.#intake.start;
  }

  get input(): InputCommand {
    return this.#intake.input;
  }

  /** Signals to this invocation. */
  get signals(): Signals {
    this.#signals ??= new Signals();
    return this.#signals;
  }

  /** What is known of the state. */
  get state(): StateView {
    this.#state ??= new StateView(this.startMessage);
    return this.#state;
  }

  // ---- from the server -----------------------------------------------------------------------

  receive(message: ServerMessage): void {
    const failure = this.#intake.receive(message);
    if (failure !== undefined) this.fail(failure);
  }

  /** Nothing more will come: whatever is missing has to be awaited by a suspension. */
  closeInput(): void {
    const failure = this.#intake.close();
    if (failure !== undefined) this.fail(failure);
  }

  // ---- from user code ------------------------------------------------------------------------

  /** A completion id for the next command to declare. */
  declareCompletion(): number {
    this.#awaits?.completionDeclared();
    return ++this.#lastCompletionId;
  }

  /** The node of a completion. */
  leaf(completionId: number): LeafNode {
    return this.#leaves.get(completionId);
  }

  /** The node of what this side has answered itself, at this place of the journal. */
  answered(result: NotificationResult): LeafNode {
    const leaf = new LeafNode(0);
    leaf.settleWith(result, this.position);
    return leaf;
  }

  /** What the next command has to be, if it is recorded. */
  peekCommand(): Command | undefined {
    return this.#intake.journal?.peekCommand();
  }

  /**
   * Issues a command, or matches it with the recorded one. Says whether it was recorded; throws an
   * `AttemptError` when the journal records another one.
   */
  issue(command: Command): boolean {
    const recorded = this.#intake.journal?.takeCommand();
    const index = ++this.#commandIndex;
    this.#lastIssued = command;
    if (recorded === undefined) {
      this.#write(command);
      return false;
    }
    if (!equalCommands(recorded, command)) {
      throw createCommandMismatch(recorded, command, index, this.#policy);
    }
    return true;
  }

  /** A cancellation will be passed on to this call: by the machine, or by user code. */
  trackCall(resultCompletionId: number): void {
    this.#cancellation ??= this.#createCancellation();
    this.#cancellation.trackCall(resultCompletionId);
  }

  /** Completion ids of the results of all tracked calls; they are tracked no more. */
  takeTrackedCalls(): readonly number[] {
    return this.#cancellation?.takeCallIds() ?? [];
  }

  /** Registers a run whose closure may have to be executed. */
  registerRun(run: RunHandle): void {
    this.#runs ??= new Runs();
    this.#runs.register(run);
  }

  /** Awaits a node that is active and pending. */
  await(node: AwaitNode): void {
    this.#requireAwaits().add(node);
  }

  /** Lets an active, pending node go on beside what user code awaits. */
  awaitInBackground(node: AwaitNode): void {
    this.#requireAwaits().addBackground(node);
  }

  /** What is awaited has more below it than before. */
  treeGrew(): void {
    this.#awaits?.treeGrew();
  }

  /** User code goes on by what was just delivered: ends the step. */
  yieldToUser(): void {
    this.#yields = true;
  }

  /** A cancellation was raised while nothing was awaited: the next await takes it. */
  takeCancellation(): boolean {
    return this.#cancellation?.takeRaised() ?? false;
  }

  // ---- progress ------------------------------------------------------------------------------

  /**
   * Delivers until something awaited settles. Call only while user code is at rest; while it awaits
   * nothing it is busy elsewhere, and nothing is delivered.
   */
  step(): Step {
    const awaits = this.#requireAwaits();
    awaits.stepping = true;
    try {
      return this.#deliverUntilResolved(awaits);
    } finally {
      awaits.stepping = false;
    }
  }

  #deliverUntilResolved(awaits: Awaits): Step {
    this.#yields = false;
    for (;;) {
      if (awaits.hasResolved || this.#yields) return "resolved";
      if (!awaits.any) return "idle";
      const delivery = this.#intake.journal?.takeDelivery();
      if (delivery === undefined) return "idle";
      if (delivery === BLOCKED) {
        this.#assertNotStuck(awaits);
        return "idle";
      }
      this.#deliver(delivery, awaits);
      // A mapper of the user's may have ended the attempt.
      if (this.phase === "closed") return "idle";
      if (awaits.any && this.takeCancellation()) return "cancelled";
    }
  }

  /** The awaited nodes that have settled since the last call, in the order in which they did. */
  takeResolved(): readonly AwaitNode[] {
    return this.#requireAwaits().takeResolved();
  }

  /** Everything that user code awaits or has left to go on; it is awaited no more. */
  takeRoots(): readonly AwaitNode[] {
    return this.#requireAwaits().takeRoots();
  }

  /** The runs whose closures have to start now: only while something is awaited. */
  startRuns(): readonly RunHandle[] {
    if (this.#runs === undefined || this.#awaits?.any !== true || this.replaying) return [];
    return this.#runs.start();
  }

  /** The runs whose closures nobody has needed so far. */
  unstartedRuns(): readonly RunHandle[] {
    return this.#runs?.unstarted ?? NO_RUNS;
  }

  /** A closure has come to a result. The run settles when the server has stored that. */
  proposeRun(run: RunHandle, result: Outcome): void {
    const completionId = run.leaf.id;
    this.#runs?.ended();
    const proposal = { kind: "proposeRunCompletion", completionId, result } as const;
    if (this.version < 7) {
      this.#write(proposal);
      return;
    }
    this.#runs?.propose(completionId, result);
    this.#write({ ...proposal, requestAck: true });
  }

  /** Says what is awaited, or suspends, when user code rests and nothing can be delivered. */
  rest(): void {
    const awaits = this.#awaits;
    if (awaits?.any !== true) return;
    const executing = (this.#runs?.executing ?? 0) > 0;
    if (!this.#intake.inputClosed) {
      const message = awaits.messageDue(executing);
      if (message !== undefined) this.#write(message);
    } else if (!executing) {
      this.#close({ kind: "suspension", awaitingOn: awaits.toFuture() });
    }
  }

  // ---- the end -------------------------------------------------------------------------------

  /** The handler has come to its result. Throws an `AttemptError` when the journal goes on. */
  complete(result: Outcome): void {
    const output = { kind: "output", name: "", result } as const;
    this.issue(output);
    const recorded = this.peekCommand();
    if (recorded !== undefined) {
      throw createCommandMismatch(recorded, output, this.#commandIndex + 1, this.#policy);
    }
    this.#close({ kind: "end" });
  }

  fail(failure: AttemptFailure): void {
    if (this.phase !== "closed") this.#close(toErrorMessage(failure));
  }

  /**
   * User code has thrown: commands that were not sent are dropped. They were issued in the very turn
   * that failed, in part perhaps behind the failure, by branches that it did not concern; the next
   * attempt may not fail there, and issue others first. Results of runs are kept: these have
   * happened.
   */
  dropUnsentCommands(): void {
    this.#output = this.#output?.filter((message) => !isCommand(message));
  }

  /** The attempt is over and nobody listens: nothing is written. */
  abort(): void {
    this.#intake.phase = "closed";
    this.#output = undefined;
  }

  /** Everything written since the last call. */
  takeOutput(): readonly EndpointMessage[] | undefined {
    const output = this.#output;
    this.#output = undefined;
    return output;
  }

  #close(last: EndpointMessage): void {
    this.#write(last);
    this.#intake.phase = "closed";
  }

  #write(message: EndpointMessage): void {
    if (this.#output === undefined) this.#output = [message];
    else this.#output.push(message);
  }

  // ---- deliveries ----------------------------------------------------------------------------

  #deliver(delivery: Delivery, awaits: Awaits): void {
    if (delivery.kind === "signal") {
      this.#deliverSignal(delivery, awaits);
      return;
    }
    const result =
      delivery.kind === "proposeRunCompletionAck"
        ? this.#runs?.acknowledged(delivery.completionId)
        : delivery.result;
    if (result === undefined) return;
    const leaf = this.#leaves.takeFor(delivery, result, this.position);
    if (leaf === undefined) return;
    if (leaf.watched) awaits.watchedLeafSettled();
    leaf.settleWith(result, this.position);
  }

  #deliverSignal(signal: SignalNotification, awaits: Awaits): void {
    const id = signal.signalIndex ?? signal.signalName;
    if (id === undefined) return;
    if (id === CANCEL_SIGNAL_INDEX && !this.#policy.explicitCancellation) {
      this.#cancellation ??= this.#createCancellation();
      this.#cancellation.request();
      return;
    }
    const leaf = this.signals.takeWaiting(id);
    if (leaf === undefined) {
      this.signals.keep(id, signal, this.position);
      return;
    }
    if (leaf.watched) awaits.watchedLeafSettled();
    leaf.settleWith(signal.result, this.position);
  }

  #createCancellation(): Cancellation {
    return new Cancellation({
      leaf: (completionId) => this.leaf(completionId),
      issue: (command) => this.issue(command),
      awaitInternally: (node, settled) => this.#requireAwaits().addInternal(node, settled),
    });
  }

  #requireAwaits(): Awaits {
    this.#awaits ??= new Awaits(this.#policy, this.#host);
    return this.#awaits;
  }

  get #lastCommand(): RelatedCommand | undefined {
    if (this.#lastIssued === undefined) return undefined;
    const { kind, name } = this.#lastIssued;
    return { kind, index: this.#commandIndex, name };
  }

  #assertNotStuck(awaits: Awaits): void {
    const recorded = this.peekCommand();
    if (!awaits.any || recorded === undefined) return;
    throw createAwaitMismatch(recorded, this.#lastCommand, awaits.roots, this.#policy);
  }
}
