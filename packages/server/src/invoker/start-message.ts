/** The Start message; what not every endpoint looks at is computed when it does. */
import type { Invocation } from "@rejoin/engine";
import {
  formatInvocationId,
  invocationKeyToBytes,
  randomSeedOf,
  type StartMessage,
} from "@rejoin/protocol";

export class Start implements StartMessage {
  readonly kind = "start";
  readonly stateMap = [];
  readonly partialState = true;
  private readonly invocation: Invocation;
  private readonly openedAt: number;

  constructor(invocation: Invocation, openedAt: number) {
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
    return randomSeedOf(this.invocation.key);
  }
}
