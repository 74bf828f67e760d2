/** The environment of a process at a terminal. */
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { resolveModule, startProgram } from "./child-program.ts";
import type { CliEnvironment, StopSignal } from "./cli-environment.ts";
import { realFiles } from "./real-files.ts";
import { openLiveArea, openScreen } from "./terminal.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const satisfies readonly StopSignal[];

export function createRealEnvironment(): CliEnvironment {
  return {
    variables: process.env,
    cwd: process.cwd(),
    packageDirectory: fileURLToPath(new URL("../..", import.meta.url)),
    stdout: outputOf(process.stdout),
    stderr: outputOf(process.stderr),
    canAsk: process.stdin.isTTY === true && process.stderr.isTTY === true,
    confirm,
    readInput,
    edit,
    openLiveArea,
    openScreen,
    fetch,
    files: realFiles,
    now: () => Date.now(),
    after: (delayMs, callback) => {
      const timer = setTimeout(callback, delayMs);
      return () => clearTimeout(timer);
    },
    onSignal,
    exit: (code) => process.exit(code),
    startProgram,
    findFreePort,
    resolveModule,
  };
}

function outputOf(stream: NodeJS.WriteStream) {
  return {
    write: (text: string) => void stream.write(text),
    isTerminal: stream.isTTY === true,
  };
}

/** The question goes to stderr, so that stdout has the data only. Ctrl-C is a no. */
async function confirm(message: string): Promise<boolean> {
  const prompts = await import("@inquirer/prompts");
  try {
    return await prompts.confirm({ message, default: false }, { output: process.stderr });
  } catch (error) {
    if (error instanceof Error && error.name === "ExitPromptError") return false;
    throw error;
  }
}

async function readInput(): Promise<string> {
  if (process.stdin.isTTY === true) throw new TypeError("stdin is a terminal");
  const chunks: Uint8Array[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks).toString("utf8");
}

/** The editor may come with options, as in `code --wait`: a shell takes it apart. */
function edit(editor: string, path: string): Promise<void> {
  const [program, args] =
    process.platform === "win32"
      ? ["cmd", ["/d", "/s", "/c", `${editor} "${path}"`]]
      : ["sh", ["-c", `${editor} "$1"`, "sh", path]];
  return new Promise((resolve, reject) => {
    const child = spawn(program as string, args as string[], { stdio: "inherit" });
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      if (code === 0) return resolve();
      reject(new Error(`the editor ${editor} ended with ${signal ?? `code ${code}`}`));
    });
  });
}

function onSignal(listener: (signal: StopSignal) => void): () => void {
  for (const signal of SIGNALS) process.on(signal, listener);
  return () => {
    for (const signal of SIGNALS) process.off(signal, listener);
  };
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, () => {
      const bound = server.address();
      const port = typeof bound === "object" && bound !== null ? bound.port : 0;
      server.close(() => resolve(port));
    });
  });
}
