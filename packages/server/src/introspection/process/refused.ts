/** A question that has no answer, and why. */
import type { Refusal } from "../mirror/messages.ts";

export class Refused extends Error {
  override readonly name = "Refused";
  readonly why: Refusal;
  constructor(why: Refusal, message: string, options?: ErrorOptions) {
    super(message, options);
    this.why = why;
  }
}
