/**
 * How many attempts of a burst are opened at once, and how fast a burst may grow. What an attempt takes
 * is short-lived, which is cheap, as long as the first ones answer before the next are opened.
 */
import type { Ports } from "../ports/ports.ts";

/** In one turn of the event loop. */
const OPENED_IN_TURN_MAX = 100;
/**
 * With so many waiting, an attempt that makes more of them does so once a turn. Those that wait would
 * only take memory, and time of the collector: a thousand calls are made faster than they are served.
 */
const READY_BEFORE_BIRTHS_WAIT = 256;

export class AttemptPace {
  private readonly scheduler: Ports["scheduler"];
  /** More may be opened: a turn has begun. */
  private readonly onTurn: () => void;
  private openedInTurn = 0;

  constructor({ scheduler }: Ports, onTurn: () => void) {
    this.scheduler = scheduler;
    this.onTurn = onTurn;
  }

  get mayOpen(): boolean {
    return this.openedInTurn < OPENED_IN_TURN_MAX;
  }

  opened(): void {
    this.openedInTurn += 1;
    if (this.openedInTurn > 1) return;
    this.scheduler.soon(() => {
      this.openedInTurn = 0;
      this.onTurn();
    });
  }

  /** Lets an attempt go on that makes invocations, while `ready` of them wait. */
  bear(ready: number, goOn: () => void): void {
    if (ready < READY_BEFORE_BIRTHS_WAIT) goOn();
    else this.scheduler.soon(goOn);
  }
}
