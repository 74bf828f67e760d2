import { spawn } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const demo = fileURLToPath(new URL("../dist/demo.js", import.meta.url));

describe("the demo", () => {
  let temporary = "";
  beforeEach(async () => {
    temporary = await mkdtemp(join(tmpdir(), "rejoin-example-"));
  });
  afterEach(() => rm(temporary, { recursive: true, force: true }));

  it("fans out, joins the results in order, ends by itself and leaves nothing behind", async () => {
    const { code, output } = await runDemo(temporary);
    expect(output).toContain(
      '{"description":"get out of bed: DONE,shower: DONE,make coffee: DONE,have breakfast: DONE"}',
    );
    expect(code).toBe(0);
    expect(await readdir(temporary)).toEqual([]);
  });

  it("logs each subtask once, with its target and invocation, and then the result", async () => {
    const { output } = await runDemo(temporary);
    const lines = output.split("\n");
    const of = (target: string, message: string): string[] =>
      lines.filter(
        (line) => line.endsWith(`INFO: ${message}`) && line.includes(`[${target}][inv_`),
      );
    for (const subtask of ["get out of bed", "shower", "make coffee", "have breakfast"]) {
      expect(of("worker/runSubtask", `Started executing subtask: ${subtask}`)).toHaveLength(1);
      expect(of("worker/runSubtask", `Execution subtask finished: ${subtask}`)).toHaveLength(1);
    }
    const joined = "get out of bed: DONE,shower: DONE,make coffee: DONE,have breakfast: DONE";
    expect(of("worker/run", `Aggregated result: ${joined}`)).toHaveLength(1);
  });
});

/** Runs the built demo with quick subtasks, with `temporary` as the system's temporary folder. */
function runDemo(temporary: string): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [demo], {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        SUBTASK_MS_MAX: "50",
        TMPDIR: temporary,
        TEMP: temporary,
        TMP: temporary,
      },
    });
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (output += chunk));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output }));
  });
}
