/** The attempts whose connections are open. */
import { ChurnMap } from "@rejoin/protocol";
import type { AttemptPump } from "../http/attempt-pump.ts";

export class OpenPumps {
  readonly #pumps = new ChurnMap<number, AttemptPump>();
  #lastTicket = 0;
  #suspending = false;

  /** The ticket with which it is taken out. */
  add(pump: AttemptPump): number {
    this.#lastTicket += 1;
    this.#pumps.set(this.#lastTicket, pump);
    if (this.#suspending) pump.requestSuspension();
    return this.#lastTicket;
  }

  delete(ticket: number): void {
    this.#pumps.delete(ticket);
  }

  /** Lets all attempts suspend at their next await, those too that are still to come. */
  requestSuspension(): void {
    this.#suspending = true;
    for (const pump of this.#pumps.values()) pump.requestSuspension();
  }
}
