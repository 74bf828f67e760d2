/** An introspection that answers nothing; for tests of what has nothing to do with it. */
import type { InvocationsPort } from "../ports.ts";

const refused = () => Promise.reject(new Error("not asked for"));

export const NO_INTROSPECTION: InvocationsPort = {
  list: refused,
  read: refused,
  readRecording: refused,
  summarize: refused,
  children: refused,
  overview: refused,
  query: refused,
  listObjects: refused,
  readState: refused,
  isInFlight: () => false,
};
