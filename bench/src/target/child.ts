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
  /** Until it has written `text` to its output. */
  printed(text: string): Promise<void>;
  /** The signal that asks it to end, and SIGKILL if that is not heeded. */
  end(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

export interface ChildOptions {
  readonly resources: Resources;
  /** Flags of Node, before the script. */
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  readonly cwd?: string;
  /** What asks it to end, if not SIGTERM. */
  readonly endSignal?: NodeJS.Signals;
}

/** A Node program with a message channel. Its errors are shown. */
export function forkChild(script: string, args: readonly string[], options: ChildOptions): Child {
  const { flags = [], env = {} } = options;
  const child = fork(script, args, {
    execArgv: [...flags],
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  return toChild(script, child, options);
}

/** Any program. The end of its output is shown if it fails. */
export function spawnChild(program: string, args: readonly string[], options: ChildOptions): Child {
  const env = { ...process.env, ...options.env };
  return toChild(
    program,
    spawn(program, args, {
      env,
      stdio: ["ignore", "pipe", "pipe"],
      ...options.user,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    }),
    options,
  );
}

function toChild(
  name: string,
  child: ChildProcess,
  { resources, endSignal = "SIGTERM" }: ChildOptions,
): Child {
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
    printed: (text) => Promise.race([failed, untilPrinted(child, output, text)]),
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
      child.kill(endSignal);
      const timer = setTimeout(() => child.kill("SIGKILL"), END_LIMIT_MS);
      await exited;
      clearTimeout(timer);
    },
  };
}

function untilPrinted(child: ChildProcess, output: () => string, text: string): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (output().includes(text)) resolve();
    };
    child.stdout?.on("data", look);
    child.stderr?.on("data", look);
    look();
  });
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
