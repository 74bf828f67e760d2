/** The process of the mirror: see `mirror-host.ts`. */
import { availableParallelism } from "node:os";
import { createRealPorts } from "../../ports/real-ports.ts";
import type { FromProcess, ToProcess } from "../mirror/messages.ts";
import { watchMemory } from "./memory-watch.ts";
import { MirrorHost } from "./mirror-host.ts";

/** Leaves a core to the partitions. */
const threads = Math.max(1, Math.min(2, availableParallelism() - 1));

const post = (message: FromProcess, then: () => void = () => undefined) => {
  process.send?.(message, then);
};
/** At once: what the database does cannot always be interrupted, and nothing of it is kept. */
const end = () => process.kill(process.pid, "SIGKILL");

const { after } = createRealPorts(() => undefined).timers;
const host = new MirrorHost({ threads, post: (message) => post(message) });

process.on("message", (message: ToProcess) => {
  host.take(message);
  if (message.kind === "start") {
    watchMemory(
      message.limits.sqlProcessBytesMax,
      { rss: () => process.memoryUsage.rss(), after },
      (reason) => post({ kind: "ends", reason }, end),
    );
  }
});
// The server is gone, in whatever way.
process.on("disconnect", end);
// They are for the server, which decides what becomes of this process.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
