/** The thread of the mirror as a thread of Node. */
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { Timers } from "../../ports/ports.ts";
import type { FromThread, OpenThread, ToThread } from "../mirror/messages.ts";

/** Far beyond what the bounds of an answer admit. */
const HEAP_MB_MAX = 2048;
/** What the database does may take a moment to notice that it is to end. */
const CLOSE_AGAIN_MS = 200;

export function createThreadOpener({ after }: Timers): OpenThread {
  return (listener) => {
    const worker = createWorker();
    let isClosing = false;
    let isOver = false;
    const ended = new Promise<void>((resolve) => {
      const end = (reason: string) => {
        if (!isClosing && !isOver) listener.onEnd(reason);
        isOver = true;
        resolve();
      };
      worker.on("error", (error) => end(error.message));
      worker.on("exit", (code) => end(`it has exited with ${code}`));
    });
    worker.on("message", (message: FromThread) => listener.onMessage(message));
    // It keeps no process alive that has nothing else to do.
    worker.unref();
    const sayClose = () => {
      if (isOver) return;
      worker.postMessage({ kind: "close" } satisfies ToThread);
      after(CLOSE_AGAIN_MS, sayClose);
    };
    return {
      post: (message, transfer) => worker.postMessage(message, transfer),
      close: () => {
        if (!isClosing) {
          isClosing = true;
          worker.ref();
          sayClose();
        }
        return ended;
      },
    };
  };
}

function createWorker(): Worker {
  const resourceLimits = { maxOldGenerationSizeMb: HEAP_MB_MAX };
  const isBuilt = import.meta.url.endsWith(".js");
  if (isBuilt) return new Worker(new URL("./main.js", import.meta.url), { resourceLimits });
  return new Worker(bundle(), { eval: true, resourceLimits });
}

/** From the sources, as tests run them: Node would not read them, and a loader is slow to start. */
function bundle(): string {
  const { buildSync } = createRequire(import.meta.url)("esbuild") as typeof import("esbuild");
  const { outputFiles } = buildSync({
    entryPoints: [fileURLToPath(new URL("./main.ts", import.meta.url))],
    bundle: true,
    write: false,
    platform: "node",
    conditions: ["rejoin:source"],
    external: ["@duckdb/node-api", "apache-arrow"],
  });
  return outputFiles.map(({ text }) => text).join("\n");
}
