/** An invocation with its journal, as text. */
import type { InvocationDetails } from "@rejoin/client";
import type { Colours } from "./colours.ts";

export function renderInvocation(
  invocation: InvocationDetails,
  _now: number,
  _colours: Colours,
): string {
  return `${invocation.id}\n`;
}
