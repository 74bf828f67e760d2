import { setTimeout } from "node:timers/promises";

/** Resolves after so many milliseconds. */
export type Delay = (milliseconds: number) => Promise<void>;

/** Real time; keeps no process alive. */
export const realDelay: Delay = (milliseconds) =>
  setTimeout(milliseconds, undefined, { ref: false });
