/** The node of a map: what of it is in flight, as the awaited tree sees it. */
import { Combinator } from "@rejoin/protocol";
import type { AwaitNode } from "./await-node.ts";
import { InnerNode } from "./combinators.ts";

/** The items of a map that have started and have not ended. */
export interface InFlight {
  /** How many nodes {@link pendingNodes} gives. */
  readonly pendingCount: number;
  pendingNodes(): readonly AwaitNode[];
  /**
   * What lets the map go on: one of the pending nodes while another item waits for its place, the
   * last of them (or the first failure) when none does.
   */
  readonly combinator: Combinator;
}

/** Settled by the map itself. */
export class MapNode extends InnerNode {
  readonly #inFlight: InFlight;

  constructor(inFlight: InFlight) {
    super();
    this.#inFlight = inFlight;
  }

  get combinator(): Combinator {
    return this.#inFlight.combinator;
  }

  get pendingCount(): number {
    return this.#inFlight.pendingCount;
  }

  pendingChildren(): readonly AwaitNode[] {
    return this.#inFlight.pendingNodes();
  }
}

/** The next outcome of a map, whichever that is. */
export class NextOutcomeNode extends MapNode {
  override get combinator(): Combinator {
    return Combinator.firstCompleted;
  }
}
