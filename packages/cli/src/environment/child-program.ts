/** Node programs as child processes that never outlive this one. */
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { ChildProgram, ProcessEnd, ProgramOptions } from "./cli-environment.ts";

/**
 * Loaded before the program: the channel to this process breaks when this process is gone, however
 * it went, and then the child goes too. The channel itself does not keep the child alive.
 */
const END_WITH_PARENT = `data:text/javascript,${encodeURIComponent(
  'process.on("disconnect", () => process.exit(0)); process.channel?.unref();',
)}`;

export function startProgram(options: ProgramOptions): ChildProgram {
  const child = spawn(process.execPath, ["--import", END_WITH_PARENT, ...options.args], {
    cwd: options.cwd,
    env: { ...process.env, ...options.variables },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const ended = new Promise<ProcessEnd>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      resolve(signal === null ? { kind: "exit", code: code ?? 0 } : { kind: "signal", signal });
    });
  });
  return { ended, kill: (signal) => void child.kill(signal) };
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
