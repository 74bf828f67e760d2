/** Node programs as child processes that never outlive this one. */
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { ChildProgram, ProcessEnd, ProgramOptions } from "./cli-environment.ts";

/** What the preload tells this process. */
interface Listening {
  readonly rejoin: "listening";
  readonly port: number;
}

/**
 * Loaded before the program. The channel to this process breaks when this process is gone, however
 * it went, and then the child goes too; the channel itself does not keep the child alive. And the
 * ports that the program opens are told, since many a program has a port of its own and takes none.
 */
const PRELOAD = `data:text/javascript,${encodeURIComponent(`
import { Server } from "node:net";
process.on("disconnect", () => process.exit(0));
process.channel?.unref();
const { emit } = Server.prototype;
Server.prototype.emit = function (event, ...args) {
  const port = event === "listening" ? this.address()?.port : undefined;
  if (port !== undefined && process.connected) process.send({ rejoin: "listening", port });
  return emit.call(this, event, ...args);
};
`)}`;

export function startProgram(options: ProgramOptions): ChildProgram {
  const child = spawn(process.execPath, ["--import", PRELOAD, ...options.args], {
    cwd: options.cwd,
    env: { ...process.env, ...options.variables },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  child.on("message", (message) => {
    if (isListening(message)) options.onListening(message.port);
  });
  const ended = new Promise<ProcessEnd>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      resolve(signal === null ? { kind: "exit", code: code ?? 0 } : { kind: "signal", signal });
    });
  });
  return { ended, kill: (signal) => void child.kill(signal) };
}

/** The program may use the channel for messages of its own. */
function isListening(message: unknown): message is Listening {
  return (
    typeof message === "object" &&
    message !== null &&
    "rejoin" in message &&
    message.rejoin === "listening"
  );
}

export function resolveModule(specifier: string, directory: string): string | undefined {
  for (const from of [join(directory, "x.js"), import.meta.url]) {
    try {
      return pathToFileURL(createRequire(from).resolve(specifier)).href;
    } catch {
      // Not from there.
    }
  }
  return undefined;
}
