/** The Start message; what not every endpoint looks at is computed when it does. */
import type { Invocation } from "@rejoin/engine";
import {
  formatInvocationId,
  invocationKeyToBytes,
  randomSeedOf,
  type StartMessage,
  type StateEntry,
} from "@rejoin/protocol";
import { type EagerState, LAZY_STATE } from "../journal/eager-state.ts";

export class Start implements StartMessage {
  readonly kind = "start";
  readonly stateMap: readonly StateEntry[];
  readonly partialState: boolean;
  declare readonly scope?: string;
  declare readonly limitKey?: string;
  declare readonly idempotencyKey?: string;
  private readonly invocation: Invocation;
  private readonly openedAt: number;

  constructor(invocation: Invocation, openedAt: number, state: EagerState = LAZY_STATE) {
    this.stateMap = state.entries;
    this.partialState = state.isPartial;
    const { target, limitKey, idempotencyKey } = invocation;
    if (target.scope !== undefined && target.scope !== "") this.scope = target.scope;
    if (limitKey !== "") this.limitKey = limitKey;
    if (idempotencyKey !== undefined) this.idempotencyKey = idempotencyKey;
    this.invocation = invocation;
    this.openedAt = openedAt;
  }

  get id(): Uint8Array {
    return invocationKeyToBytes(this.invocation.key);
  }

  get debugId(): string {
    return formatInvocationId(this.invocation.key);
  }

  get knownEntries(): number {
    return this.invocation.journalLength;
  }

  get key(): string {
    return this.invocation.target.key;
  }

  get retryCountSinceLastStoredEntry(): number {
    return this.invocation.retriesSinceEntry;
  }

  get durationSinceLastStoredEntryMs(): number {
    return Math.max(0, this.openedAt - this.invocation.lastEntryAt);
  }

  get randomSeed() {
    return randomSeedOf(this.invocation.seedOf ?? this.invocation.key);
  }
}
