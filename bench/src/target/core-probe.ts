/**
 * Finds the `Core` inside the next server that is started: `start` hands out neither it nor its
 * counters, and `openCore`, which does, has no ingress on a socket.
 */
import { Core } from "@rejoin/server";

/** Calls `open`, and gives what it gave along with the core that it started. */
export async function withCore<T>(open: () => Promise<T>): Promise<{ opened: T; core: Core }> {
  const original = Core.prototype.start;
  let core: Core | undefined;
  Core.prototype.start = function start(this: Core) {
    core = this;
    return original.call(this);
  };
  try {
    const opened = await open();
    if (core === undefined) throw new Error("the server was started without a core");
    return { opened, core };
  } finally {
    Core.prototype.start = original;
  }
}
