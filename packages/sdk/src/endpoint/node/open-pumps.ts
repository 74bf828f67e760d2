/** The attempts whose connections are open. */
import type { AttemptPump } from "../http/attempt-pump.ts";

export class OpenPumps {
  readonly #pumps = new Set<AttemptPump>();
  #suspending = false;

  add(pump: AttemptPump): void {
    this.#pumps.add(pump);
    if (this.#suspending) pump.requestSuspension();
  }

  delete(pump: AttemptPump): void {
    this.#pumps.delete(pump);
  }

  /** Lets all attempts suspend at their next await, those too that are still to come. */
  requestSuspension(): void {
    this.#suspending = true;
    for (const pump of this.#pumps) pump.requestSuspension();
  }
}
