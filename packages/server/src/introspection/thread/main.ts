/** The thread of the mirror: see `mirror-host.ts`. */
import { availableParallelism } from "node:os";
import { parentPort } from "node:worker_threads";
import type { ToThread } from "../mirror/messages.ts";
import { MirrorHost } from "./mirror-host.ts";

/** Leaves a core to the partitions. */
const threads = Math.max(1, Math.min(2, availableParallelism() - 1));

const host = new MirrorHost({
  threads,
  post: (message, transfer) => parentPort?.postMessage(message, transfer),
  close: () => parentPort?.close(),
});
parentPort?.on("message", (message: ToThread) => host.take(message));
