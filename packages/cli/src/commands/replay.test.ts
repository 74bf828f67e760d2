/** `rejoin replay` and `rejoin invocations export`: what they print, and how they end. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ReplayReport } from "../replay/report.ts";
import { type RecordedServer, startRecordedServer } from "../testing/recorded.ts";
import { TestTerminal, temporaryDirectory } from "../testing/test-environment.ts";

const REPORT: ReplayReport = {
  outcome: "completed",
  id: "inv_1",
  target: "worker/sum",
  status: "completed",
  protocol_version: 7,
  journal_size: 3,
  replayed_entries: 3,
  steps: [],
};

let server: RecordedServer;
let id: string;

beforeAll(async () => {
  server = await startRecordedServer();
  id = await server.invoke("worker/sum", 20);
});
afterAll(() => server.close());

/** Replays an invocation with a process that comes to `report`. */
async function replay(report: Partial<ReplayReport>, ...args: readonly string[]) {
  const cwd = await temporaryDirectory();
  await writeFile(join(cwd, "app.mjs"), "");
  const terminal = new TestTerminal({
    cwd,
    variables: { REJOIN_ADMIN_URL: server.adminUrl },
    overrides: {
      startProgram: (options) => ({
        ended: (async () => {
          const job = JSON.parse(await readFile(options.args.at(-1) ?? "", "utf8"));
          await writeFile(job.report, JSON.stringify({ ...REPORT, ...report }));
          return { kind: "exit", code: 0 } as const;
        })(),
        kill: () => undefined,
      }),
    },
  });
  const code = await terminal.run("replay", id, "--entry", "app.mjs", ...args);
  return { code, stdout: terminal.stdout, stderr: terminal.stderr };
}

describe("rejoin replay", () => {
  it("ends with 0 where the handler comes as far as is recorded", async () => {
    const value = { kind: "value", is_recorded: true, value: 42 } as const;
    const completed = await replay({ result: value });
    expect(completed).toMatchObject({ code: 0, stderr: "" });
    expect(completed.stdout).toContain("completes as recorded: 42");
    const stand = { awaiting: [], would_execute: [{ name: "pay", command_index: 2 }] };
    const stands = await replay({ outcome: "stands", stand });
    expect(stands).toMatchObject({ code: 0, stderr: "" });
    expect(stands.stdout).toContain("would execute run 'pay' now (#2)");
  });

  it("ends with a code of its own where it does not", async () => {
    const divergence = { command_index: 4, differences: [], awaiting: [], stack: [] };
    expect(await replay({ outcome: "diverged", divergence })).toMatchObject({
      code: 5,
      stderr: "error: the handler parts from the journal at command 4\n",
    });
    const failure = { code: 500, message: "broken", is_recorded: false };
    expect(await replay({ outcome: "failed", failure })).toMatchObject({
      code: 7,
      stderr: "error: the handler fails: broken\n",
    });
    const stuck = await replay({ outcome: "stuck", message: "it hangs", hint: "look" });
    expect(stuck).toMatchObject({ code: 8, stderr: "error: it hangs\nhint: look\n" });
    const unusable = await replay({ outcome: "unusable", message: "no service a" });
    expect(unusable).toMatchObject({ code: 1, stdout: "", stderr: "error: no service a\n" });
  });

  it("prints JSON", async () => {
    const { stdout, code } = await replay({ outcome: "stuck", message: "x" }, "--json");
    expect(JSON.parse(stdout)).toEqual({ ...REPORT, outcome: "stuck", message: "x" });
    expect(code).toBe(8);
  });

  it("refuses options that make no sense", async () => {
    for (const args of [
      ["--until", "-1"],
      ["--until", "x"],
      ["--timeout", "5"],
    ]) {
      expect(await replay({}, ...args)).toMatchObject({ code: 2, stdout: "" });
    }
    const terminal = new TestTerminal();
    expect(await terminal.run("replay", "inv_1")).toBe(2);
    expect(terminal.stderr).toContain("--entry");
  });
});

describe("rejoin invocations export", () => {
  it("prints the recording, or writes it with a warning", async () => {
    const cwd = await temporaryDirectory();
    const variables = { REJOIN_ADMIN_URL: server.adminUrl };
    const printed = new TestTerminal({ cwd, variables });
    expect(await printed.run("invocations", "export", id)).toBe(0);
    const recording = JSON.parse(printed.stdout);
    expect(recording).toMatchObject({
      format: "rejoin.recording",
      version: 1,
      server: { version: expect.any(String) },
      invocation: { id, target: "worker/sum", status: "completed" },
      start: { protocol_version: 7, key: "", random_seed: expect.stringMatching(/^[0-9a-f]{16}$/) },
      events: [],
    });
    expect(recording.invocation).not.toHaveProperty("journal");
    expect(recording.journal).toHaveLength(7);
    expect(recording.journal[0]).toMatchObject({ index: 0, entry_type: "Command: Input" });

    const written = new TestTerminal({ cwd, variables });
    expect(await written.run("invocations", "export", id, "-o", "a.json")).toBe(0);
    expect(written.stdout).toBe("");
    expect(written.stderr).toContain("secrets included");
    const file = JSON.parse(await readFile(join(cwd, "a.json"), "utf8"));
    const { exported_at: _at, start: _start, ...rest } = recording;
    expect(file).toMatchObject(rest);

    const unknown = new TestTerminal({ cwd, variables });
    expect(await unknown.run("invocations", "export", "inv_nope")).toBe(1);
  });
});
