/** What operators and others have asked to be done to invocations: what may happen to them, then. */
import type { InstanceId } from "@rejoin/engine";
import type { InvocationKey } from "@rejoin/protocol";

export type Intervention =
  | "cancel"
  | "kill"
  | "purge"
  | "purgeJournal"
  | "pause"
  | "resume"
  | "redeploy"
  | "restart";

/** A change of an object's state that an operator has asked for. */
export interface AskedMutation {
  readonly instance: InstanceId;
  readonly entries: ReadonlyMap<string, string>;
  /** The version of the state that it expects. */
  readonly version: string | undefined;
  /** `maybe`: together with others, so that its own effect could not be seen. */
  state: "asked" | "applied" | "maybe";
  /** Told to have been done, or to be done for sure. */
  answer: "done" | "requested" | "refused" | undefined;
}

export class Interventions {
  readonly mutations: AskedMutation[] = [];
  private readonly asked = new Map<InvocationKey, Set<Intervention>>();
  /** Invocations whose parent was killed, or to whom a cancel signal was sent. */
  private readonly condemned = new Set<InvocationKey>();

  /** Noted before it is asked: it may happen even if nobody hears of it. */
  note(key: InvocationKey, what: Intervention): void {
    const known = this.asked.get(key) ?? new Set();
    this.asked.set(key, known.add(what));
  }

  condemn(key: InvocationKey): void {
    this.condemned.add(key);
  }

  has(key: InvocationKey, ...what: readonly Intervention[]): boolean {
    const known = this.asked.get(key);
    return known !== undefined && what.some((one) => known.has(one));
  }

  /** Whether it may end before its code does. */
  mayEnd(key: InvocationKey): boolean {
    return this.condemned.has(key) || this.has(key, "cancel", "kill");
  }
}
