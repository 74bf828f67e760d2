/** What the suites of several examples wait for and look at. */
import { expect } from "vitest";
import { eventually } from "../eventually.ts";

interface Mail {
  readonly to: string;
  readonly text: string;
}

/** The first mail to `to` that matches, once it is there. */
export function mailTo(
  mails: readonly Mail[],
  to: string,
  pattern: RegExp,
): Promise<RegExpExecArray> {
  return eventually(() => {
    const texts = mails.filter((mail) => mail.to === to).map(({ text }) => pattern.exec(text));
    const found = texts.find((text) => text !== null);
    if (found === undefined) throw new Error(`${to} has got no mail like ${pattern}`);
    return found;
  });
}

/** What a call fails with that failed for good: both clients have it. */
export function failure(status: number, pattern: RegExp): unknown {
  return expect.objectContaining({ status, message: expect.stringMatching(pattern) });
}
