/**
 * Runs of an attempt whose result has not come back: their code may be running. From version 7 on an
 * endpoint says itself whether it does anything but await, and nothing is noted here.
 */
import type { Message } from "@rejoin/protocol";

export class OpenRuns {
  private readonly isTold: boolean;
  private open: Set<number> | undefined;

  /** `isTold`: the endpoint says what it awaits. */
  constructor(isTold: boolean) {
    this.isTold = isTold;
  }

  get isEmpty(): boolean {
    return this.open === undefined || this.open.size === 0;
  }

  begun(completionId: number): void {
    if (this.isTold) return;
    this.open ??= new Set();
    this.open.add(completionId);
  }

  /** The endpoint has been given `message`. */
  given(message: Message | undefined): void {
    if (message?.kind === "runCompletion") this.open?.delete(message.completionId);
  }
}
