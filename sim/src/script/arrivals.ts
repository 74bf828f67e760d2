/** What an attempt of a script has been told, in the order in which it was. */
import type { Future, NotificationResult, ServerMessage } from "@rejoin/protocol";
import { CANCEL_SIGNAL_INDEX, Combinator } from "@rejoin/protocol";

/** A completion `c…`, a signal `s…` or a named signal `n…`. */
export type WaitId = `${"c" | "s" | "n"}${string}`;

export interface Arrival {
  readonly id: WaitId;
  readonly result: NotificationResult;
}

export const CANCEL: WaitId = `s${CANCEL_SIGNAL_INDEX}`;

/** Notifications by id; of several with one id the first. */
export class Arrivals {
  private readonly known = new Map<WaitId, { readonly order: number; readonly arrival: Arrival }>();

  /** Whether `message` is a notification. */
  take(message: ServerMessage): boolean {
    const id = idOf(message);
    if (id === undefined || !("result" in message)) return false;
    const arrival = { id, result: message.result as NotificationResult };
    if (!this.known.has(id)) this.known.set(id, { order: this.known.size, arrival });
    return true;
  }

  /** The first of `ids` that has arrived. */
  first(ids: readonly WaitId[]): Arrival | undefined {
    let first: { readonly order: number; readonly arrival: Arrival } | undefined;
    for (const id of ids) {
      const known = this.known.get(id);
      if (known !== undefined && (first === undefined || known.order < first.order)) first = known;
    }
    return first?.arrival;
  }
}

/** Any of `ids`. */
export function futureOf(ids: readonly WaitId[]): Future {
  const of = (kind: string) => ids.filter((id) => id[0] === kind).map((id) => id.slice(1));
  return {
    combinator: Combinator.firstCompleted,
    completions: of("c").map(Number),
    signals: of("s").map(Number),
    namedSignals: of("n"),
    nested: [],
  };
}

function idOf(message: ServerMessage): WaitId | undefined {
  if (message.kind === "signal") {
    return message.signalName === undefined
      ? `s${message.signalIndex ?? 0}`
      : `n${message.signalName}`;
  }
  const isCompletion = "completionId" in message && "result" in message;
  return isCompletion ? `c${message.completionId}` : undefined;
}
