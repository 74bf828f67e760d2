/** Child processes: started, asked over their message channel, and ended by their id. */
import { type ChildProcess, fork, type Serializable, spawn } from "node:child_process";
import { once } from "node:events";
import type { Resources } from "../resources.ts";

const END_LIMIT_MS = 15_000;
const OUTPUT_KEPT = 4000;

export interface Child {
  readonly pid: number;
  /** Sends a message and waits for the next one back. */
  ask(message: Serializable): Promise<unknown>;
  /** The next message. */
  reply(): Promise<unknown>;
  /** Rejects when the process ends before {@link end} was called; never resolves. */
  readonly failed: Promise<never>;
  /** SIGTERM, and SIGKILL if that is not heeded. */
  end(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

export interface ChildOptions {
  readonly resources: Resources;
  /** Flags of Node, before the script. */
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A Node program with a message channel. Its errors are shown. */
export function forkChild(script: string, args: readonly string[], options: ChildOptions): Child {
  const { flags = [], env = {} } = options;
  const child = fork(script, args, {
    execArgv: [...flags],
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  return toChild(script, child, options.resources);
}

/** Any program. The end of its output is shown if it fails. */
export function spawnChild(program: string, args: readonly string[], options: ChildOptions): Child {
  const env = { ...process.env, ...options.env };
  return toChild(
    program,
    spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"] }),
    options.resources,
  );
}

function toChild(name: string, child: ChildProcess, resources: Resources): Child {
  const output = keepOutput(child);
  const forget = resources.add(() => child.kill("SIGKILL"));
  const exited = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
    child.once("error", () => resolve());
  });
  let ending = false;
  const failed = new Promise<never>((_resolve, reject) => {
    child.once("error", (cause) => reject(new Error(`cannot start ${name}`, { cause })));
    child.once("close", (code, signal) => {
      forget();
      const how = signal === null ? `with code ${code}` : `by ${signal}`;
      if (!ending) reject(new Error(`${name} has ended ${how}\n${output()}`));
    });
  });
  failed.catch(() => undefined); // Whoever asks it something is told.
  const reply = async () => {
    const [message] = await Promise.race([once(child, "message"), failed]);
    return message;
  };
  return {
    pid: child.pid ?? 0,
    failed,
    reply,
    ask: (message) => {
      const answer = reply();
      child.send(message);
      return answer;
    },
    kill: async () => {
      ending = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await exited;
    },
    end: async () => {
      ending = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), END_LIMIT_MS);
      await exited;
      clearTimeout(timer);
    },
  };
}

function keepOutput(child: ChildProcess): () => string {
  let kept = "";
  const keep = (chunk: Buffer) => {
    kept = (kept + chunk.toString()).slice(-OUTPUT_KEPT);
  };
  child.stdout?.on("data", keep);
  child.stderr?.on("data", keep);
  return () => kept;
}
