/**
 * Implicit cancellation: the cancel signal is passed on to every pending call of this invocation
 * and then rejects what is being awaited, or what is awaited next.
 *
 * A call can be cancelled only when its invocation id is known; until all of them are, the whole
 * cancellation waits, so that no child is left behind by a handler that ends at once. Everything
 * here happens at journal positions, so a replay does the same at the same place.
 */
import { CANCEL_SIGNAL_INDEX, type SendSignalCommand } from "@rejoin/protocol";
import type { LeafNode } from "./await-node.ts";
import { CombinatorNode } from "./combinators.ts";

/** A call that this invocation has made. */
interface TrackedCall {
  readonly invocationId: LeafNode;
  readonly result: LeafNode;
}

export interface CancellationPort {
  /** The leaf of a completion id. */
  leaf(completionId: number): LeafNode;
  issue(command: SendSignalCommand): void;
  /** Awaits a node on behalf of the VM itself. */
  awaitInternally(node: CombinatorNode, settled: () => void): void;
}

export class Cancellation {
  readonly #port: CancellationPort;
  /** Result completion ids of calls; the id before each is that of its invocation id. */
  #callIds: number[] = [];
  #requested = 0;
  #gathering = false;
  #raised = 0;

  constructor(port: CancellationPort) {
    this.#port = port;
  }

  trackCall(resultCompletionId: number): void {
    this.#callIds.push(resultCompletionId);
  }

  /** All tracked calls, by the completion ids of their results; they are tracked no more. */
  takeCallIds(): readonly number[] {
    const callIds = this.#callIds;
    this.#callIds = [];
    return callIds;
  }

  /** The cancel signal was delivered. */
  request(): void {
    this.#requested++;
    if (!this.#gathering) this.#gather();
  }

  /** Takes one cancellation that is due to reject an await. */
  takeRaised(): boolean {
    if (this.#raised === 0) return false;
    this.#raised--;
    return true;
  }

  #gather(): void {
    const calls = this.#takePendingCalls();
    const gate = new CombinatorNode(
      "allSettled",
      calls.map((call) => call.invocationId),
    );
    gate.activate();
    if (gate.settled) {
      this.#raise(calls);
      return;
    }
    this.#gathering = true;
    this.#port.awaitInternally(gate, () => {
      this.#gathering = false;
      this.#raise(calls);
    });
  }

  #takePendingCalls(): readonly TrackedCall[] {
    const calls = this.takeCallIds().map((id) => ({
      invocationId: this.#port.leaf(id - 1),
      result: this.#port.leaf(id),
    }));
    return calls.filter((call) => !call.result.settled);
  }

  #raise(calls: readonly TrackedCall[]): void {
    for (const { invocationId, result } of calls) {
      if (result.settled || invocationId.result?.kind !== "invocationId") continue;
      this.#port.issue({
        kind: "sendSignal",
        name: "",
        targetInvocationId: invocationId.result.invocationId,
        signalIndex: CANCEL_SIGNAL_INDEX,
        result: { kind: "void" },
      });
    }
    this.#requested--;
    this.#raised++;
    if (this.#requested > 0) this.#gather();
  }
}
