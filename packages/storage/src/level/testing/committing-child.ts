/**
 * A process that commits in a loop and prints the number of every commit that is acknowledged, to
 * be killed at any time. It starts to commit when it is told to.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export interface CommittingChild {
  /** Lets it commit. */
  commit(): void;
  /** Waits until it has acknowledged `number`. */
  acknowledged(number: number): Promise<void>;
  /** Ends it with SIGKILL; gives the last number that it acknowledged. */
  kill(): Promise<number>;
}

/** Starts a process on the store in `directory`; resolves when it is ready. */
export async function startCommittingChild(directory: string): Promise<CommittingChild> {
  const flags = ["--conditions=rejoin:source", "--import", "tsx"];
  const script = fileURLToPath(new URL("./committing-process.ts", import.meta.url));
  const child = spawn(process.execPath, [...flags, script, directory], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  let output = "";
  let ended = false;
  const waiting = new Set<() => void>();
  const exited = once(child, "close");
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    output += chunk;
    for (const wake of waiting) wake();
  });
  child.on("close", () => {
    ended = true;
    for (const wake of waiting) wake();
  });
  const last = () => Number(/(?:^|\n)(\d+)\n[^\n]*$/.exec(output)?.[1] ?? 0);
  const until = async (condition: () => boolean) => {
    while (!condition()) {
      if (ended) throw new Error(`the process has ended: ${output.slice(-200)}`);
      await new Promise<void>((resolve) => {
        const wake = () => {
          waiting.delete(wake);
          resolve();
        };
        waiting.add(wake);
      });
    }
  };
  await until(() => output.startsWith("ready\n"));
  return {
    commit: () => child.stdin.end("go\n"),
    acknowledged: (number) => until(() => last() >= number),
    kill: async () => {
      child.kill("SIGKILL");
      await exited;
      return last();
    },
  };
}
