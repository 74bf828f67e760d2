import { describe, expect, it } from "vitest";
import { run } from "./process.mjs";

const node = (/** @type {string} */ program) => ["--input-type=module", "--eval", program];

describe("run", () => {
  it("collects both streams, and the exit code", async () => {
    const program = 'console.log("out"); console.error("err"); process.exit(3)';
    const { code, output } = await run(process.execPath, node(program));
    expect(code).toBe(3);
    expect(output.split("\n").toSorted()).toEqual(["", "err", "out"]);
  });

  it("adds to the environment", async () => {
    const program = "console.log(process.env.ADDED, process.env.PATH !== undefined)";
    const { output } = await run(process.execPath, node(program), { env: { ADDED: "yes" } });
    expect(output).toBe("yes true\n");
  });

  it("gives no input", async () => {
    const program = "for await (const chunk of process.stdin) console.log(chunk)";
    expect(await run(process.execPath, node(program))).toMatchObject({ code: 0, output: "" });
  });

  it("ends a program that goes on for too long, with what it started", async () => {
    const program = `
      import { spawn } from "node:child_process";
      spawn(process.execPath, ["--eval", "while (true);"], { stdio: "inherit" });
      while (true);`;
    const { code, output } = await run(process.execPath, node(program), { limitMs: 500 });
    expect(code).toBe(1);
    expect(output).toContain("ended by SIGKILL");
  });
});
