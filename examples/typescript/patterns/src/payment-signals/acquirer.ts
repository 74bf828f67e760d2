/**
 * Stands for a company that charges cards. Some charges take it days; it then calls back. The same
 * idempotency key is the same charge.
 */
export interface ChargeRequest {
  readonly card: string;
  readonly cents: number;
  readonly idempotencyKey: string;
  /** Given back in the event that ends a slow charge. */
  readonly reference: string;
}
export interface Charge extends ChargeRequest {
  readonly id: string;
  readonly status: "succeeded" | "declined" | "processing";
}
/** What it posts to a webhook. */
export interface ChargeEvent {
  readonly reference: string;
  readonly status: "succeeded" | "declined";
}

/** By idempotency key. */
export const charges = new Map<string, Charge>();

let timeouts = 0;

export function charge(request: ChargeRequest): Charge {
  const known = charges.get(request.idempotencyKey);
  if (known !== undefined) return known;
  const made: Charge = {
    ...request,
    id: `ch_${charges.size + 1}`,
    status: statusOf(request.card),
  };
  charges.set(request.idempotencyKey, made);
  console.log(`[acquirer] ${made.id}: ${made.status}, reference ${made.reference}`);
  if (timeouts > 0) {
    timeouts--;
    throw new Error("the acquirer has not answered in time");
  }
  return made;
}

/** The next charge is made, and its answer lost. */
export function timeOutOnce(): void {
  timeouts++;
}

function statusOf(card: string): Charge["status"] {
  if (card.startsWith("slow")) return "processing";
  return card.startsWith("bad") ? "declined" : "succeeded";
}
