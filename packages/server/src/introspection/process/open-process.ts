/**
 * The process of the mirror, as a child of this one. A process and no thread: a statement that takes all
 * memory, or never ends, or brings down the database, then costs an answer and not the server.
 */
import { type ChildProcess, fork } from "node:child_process";
import { rmSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { FromProcess, OpenProcess } from "../mirror/messages.ts";

/** Far beyond what the bounds of an answer admit. */
const HEAP_MB_MAX = 1024;

export const openMirrorProcess: OpenProcess = (listener) => {
  const child = start();
  let isClosing = false;
  let reason: string | undefined;
  const ended = new Promise<void>((resolve) => {
    const end = (why: string) => {
      if (!isClosing) listener.onEnd(reason ?? why);
      isClosing = true;
      resolve();
    };
    child.on("error", (error) => end(error.message));
    child.on("exit", (code, signal) => end(`it has exited with ${signal ?? code}`));
  });
  child.on("message", (message: FromProcess) => {
    if (message.kind === "ends") reason = message.reason;
    else listener.onMessage(message);
  });
  // It keeps no process alive that has nothing else to do.
  child.unref();
  child.channel?.unref();
  return {
    pid: child.pid,
    // What cannot be sent any more is for a process that has ended, which is told elsewhere.
    post: (message) => void (child.connected && child.send(message, () => undefined)),
    kill: (why) => {
      reason ??= why;
      child.kill("SIGKILL");
    },
    close: () => {
      isClosing = true;
      child.ref();
      child.kill("SIGKILL");
      return ended;
    },
  };
};

function start(): ChildProcess {
  const isBuilt = import.meta.url.endsWith(".js");
  const file = fileURLToPath(new URL(isBuilt ? "./main.js" : "./main.ts", import.meta.url));
  return fork(isBuilt ? file : bundle(file), [], {
    execArgv: [`--max-old-space-size=${HEAP_MB_MAX}`],
    // What is meant for the server, such as a debugger, is not for its child.
    env: { ...process.env, NODE_OPTIONS: "" },
    serialization: "advanced",
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
}

let bundled: string | undefined;

/** From the sources, as tests run them: Node would not read them, and a loader is slow to start. */
function bundle(file: string): string {
  if (bundled !== undefined) return bundled;
  const { buildSync } = createRequire(import.meta.url)("esbuild") as typeof import("esbuild");
  const outfile = fileURLToPath(
    new URL(`../../../node_modules/.cache/mirror-${process.pid}.mjs`, import.meta.url),
  );
  buildSync({
    entryPoints: [file],
    bundle: true,
    outfile,
    platform: "node",
    format: "esm",
    conditions: ["rejoin:source"],
    external: ["@duckdb/node-api", "apache-arrow"],
  });
  bundled = outfile;
  process.once("exit", () => rmSync(outfile, { force: true }));
  return outfile;
}
