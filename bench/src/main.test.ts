import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));
const FLAGS = ["--conditions=rejoin:source", "--import", import.meta.resolve("tsx")];

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "rejoin-bench-test-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

interface Interrupted {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly directories: readonly string[];
}

/**
 * Starts a benchmark that would take long, and calls `stop` in the middle of a run. The children
 * write to its stderr, so that this resolves only when they have ended too.
 */
function interrupt(stop: (child: ChildProcess) => void): Promise<Interrupted> {
  const works = ["fanout:empty", "--sizes", "1,1000000", "--targets", "rejoin-http2"];
  const args = [...FLAGS, MAIN, ...works, "--directory", directory];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  return new Promise((resolve, reject) => {
    let progress = "";
    let directories: Promise<readonly string[]> = Promise.resolve([]);
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      const seen = progress.includes("ms\n");
      progress += text;
      if (seen || !progress.includes("ms\n")) return;
      directories = readdir(directory);
      void directories.then(() => stop(child));
    });
    child.once("error", reject);
    child.once("close", (code, signal) => {
      void directories.then((made) => resolve({ code, signal, directories: made }));
    });
  });
}

describe("an interrupted benchmark", () => {
  it("ends its processes and removes its directories", async () => {
    const { code, signal, directories } = await interrupt((child) => void child.kill("SIGINT"));
    expect({ code, signal }).toEqual({ code: 1, signal: null });
    expect(directories).not.toEqual([]);
    expect(await readdir(directory)).toEqual([]);
  });

  it("does so too if the signal comes again and again", async () => {
    const { directories } = await interrupt(function again(child) {
      if (child.exitCode === null && child.signalCode === null && child.kill("SIGTERM")) {
        setImmediate(again, child);
      }
    });
    expect(directories).not.toEqual([]);
    expect(await readdir(directory)).toEqual([]);
  });
});
