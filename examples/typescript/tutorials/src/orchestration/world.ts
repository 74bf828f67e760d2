/** Stands for what is outside of the bakery's services. */
import { TerminalError } from "@rejoin/sdk";

/** All that happened, in order. */
export const worldLog: string[] = [];

export function happen(what: string): void {
  worldLog.push(what);
  console.log(`[world] ${what}`);
}

let powerCuts = 0;

/** So many times in the next minutes the oven has no power. */
export function cutPower(times: number): void {
  powerCuts = times;
}

export function bakeLayer(flavour: string): string {
  if (powerCuts > 0) {
    powerCuts--;
    throw new Error("no power");
  }
  happen(`baked ${flavour}`);
  return `a layer of ${flavour}`;
}

export function takePayment(id: string, customer: string, euros: number): void {
  if (customer.startsWith("poor")) {
    throw new TerminalError(`${customer} does not have ${euros} euros`, { errorCode: 402 });
  }
  happen(`payment ${id}: ${euros} euros from ${customer}`);
}

export function refund(id: string): void {
  happen(`refund ${id}`);
}
