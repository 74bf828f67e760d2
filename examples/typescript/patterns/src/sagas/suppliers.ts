/** Stands for three suppliers. What is booked under an id can be cancelled, booked or not. */
import { TerminalError } from "@rejoin/sdk";

export type Supplier = "hall" | "band" | "kitchen";

/** `<supplier> <id>`, for all that is booked. */
export const bookings = new Set<string>();
/** All that happened, in order. */
export const supplierLog: string[] = [];

let hiccups = 0;

export function book(supplier: Supplier, id: string, guests: number): void {
  if (supplier === "kitchen" && guests > 100) {
    throw new TerminalError(`the kitchen cannot cook for ${guests}`, { errorCode: 409 });
  }
  if (supplier === "band" && hiccups > 0) {
    hiccups--;
    throw new Error("the band does not answer the phone");
  }
  bookings.add(`${supplier} ${id}`);
  note(`book ${supplier} ${id}`);
}

export function cancel(supplier: Supplier, id: string): void {
  bookings.delete(`${supplier} ${id}`);
  note(`cancel ${supplier} ${id}`);
}

/** The band does not answer so many times. */
export function failBand(times: number): void {
  hiccups = times;
}

function note(line: string): void {
  supplierLog.push(line);
  console.log(`[suppliers] ${line}`);
}
