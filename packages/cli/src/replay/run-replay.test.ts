/** Replays in processes of their own, and what is said when there is nothing to replay. */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type AdminClient, createAdminClient } from "@rejoin/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CliEnvironment, ProgramOptions } from "../environment/cli-environment.ts";
import { type RecordedServer, startRecordedServer } from "../testing/recorded.ts";
import { TestTerminal, temporaryDirectory } from "../testing/test-environment.ts";
import { fetchRecording } from "./fetch-recording.ts";
import type { ReplayJob, ReplayReport } from "./report.ts";
import { type ReplayRequest, runReplay } from "./run-replay.ts";

const file = (name: string) => fileURLToPath(new URL(`../testing/${name}`, import.meta.url));
const noAdmin = () => {
  throw new Error("no server is asked");
};

function environmentOf(overrides: Partial<CliEnvironment> = {}, cwd?: string): CliEnvironment {
  const terminal = new TestTerminal({ overrides, ...(cwd === undefined ? {} : { cwd }) });
  return terminal.environment;
}

/** With the sources of this repository instead of what is built. */
function withSources(environment: CliEnvironment): CliEnvironment {
  return {
    ...environment,
    startProgram: (options) => {
      const args = ["--conditions=rejoin:source", ...options.args];
      return environment.startProgram({ ...options, args });
    },
  };
}

function request(source: string, own: Partial<ReplayRequest> = {}): ReplayRequest {
  return {
    source,
    entry: file("replay-app.ts"),
    until: undefined,
    execute: false,
    timeoutMs: 20_000,
    inspect: [],
    ...own,
  };
}

let server: RecordedServer;
let admin: AdminClient;

beforeAll(async () => {
  server = await startRecordedServer();
  admin = createAdminClient({ url: server.adminUrl });
});
afterAll(() => server.close());

describe("a process", () => {
  it("loads a program without letting it serve, and replays", async () => {
    const id = await server.invoke("worker/sum", 20);
    const environment = withSources(environmentOf());
    const report = await runReplay(environment, () => admin, request(id));
    expect(report).toMatchObject({
      outcome: "completed",
      result: { is_recorded: true, value: 42 },
    });
    expect(report.steps[0]?.at).toMatch(/replay-services\.ts:\d+:\d+$/);
  });

  it.runIf(process.env.REJOIN_TEST_FULL === "1")("finds what a module exports", async () => {
    const directory = await temporaryDirectory();
    const recording = await server.record(await server.invoke("worker/sum", 20));
    const path = join(directory, "recording.json");
    await writeFile(path, JSON.stringify(recording));
    const environment = withSources(environmentOf());
    const entry = file("replay-exports.ts");
    const changed = await runReplay(environment, noAdmin, request(path, { entry }));
    expect(changed).toMatchObject({ outcome: "diverged" });
    expect(changed.divergence?.stack[0]).toMatch(/replay-services\.ts:\d+:\d+\)$/);
  });
});

/** A program that is not run: it does what `act` does, and ends. */
function fakeProgram(act: (options: ProgramOptions, job: ReplayJob) => Promise<void>) {
  return (options: ProgramOptions) => ({
    ended: (async () => {
      const job = JSON.parse(await readFile(options.args.at(-1) ?? "", "utf8"));
      await act(options, job);
      return { kind: "exit", code: 3 } as const;
    })(),
    kill: () => undefined,
  });
}

const REPORT: Partial<ReplayReport> = { outcome: "completed", steps: [] };

async function exported() {
  const recording = await server.record(await server.invoke("worker/sum", 20));
  const cwd = await temporaryDirectory();
  await writeFile(join(cwd, "recording.json"), JSON.stringify(recording));
  await writeFile(join(cwd, "app.mjs"), "");
  return { cwd, recording };
}

describe("a debugger", () => {
  it("has the process to itself, for as long as it likes", async () => {
    const { cwd } = await exported();
    const seen: { args: readonly string[]; job: ReplayJob }[] = [];
    const startProgram = fakeProgram(async ({ args }, job) => {
      seen.push({ args, job });
      await writeFile(job.report, JSON.stringify(REPORT));
    });
    const waits: number[] = [];
    const after = (delayMs: number) => {
      waits.push(delayMs);
      return () => undefined;
    };
    const environment = environmentOf({ startProgram, after }, cwd);
    const own = { entry: "app.mjs", inspect: ["--inspect-brk=127.0.0.1:0"], until: 2 };
    await runReplay(environment, noAdmin, request("recording.json", own));
    expect(seen[0]?.args.slice(0, 2)).toEqual([
      "--inspect-brk=127.0.0.1:0",
      "--enable-source-maps",
    ]);
    expect(seen[0]?.job).toMatchObject({ isDebugged: true, until: 2, execute: false });
    expect(seen[0]?.job).not.toHaveProperty("timeoutMs");
    expect(waits).toEqual([]);
  });
});

describe("what cannot be replayed", () => {
  it("is said before anything runs", async () => {
    const { cwd, recording } = await exported();
    const environment = environmentOf(
      {
        startProgram: () => {
          throw new Error("a program was started");
        },
      },
      cwd,
    );
    const run = (source: string, own: Partial<ReplayRequest> = {}) =>
      runReplay(environment, noAdmin, request(source, { entry: "app.mjs", ...own }));
    const write = (name: string, value: unknown) =>
      writeFile(join(cwd, name), JSON.stringify(value));
    await expect(run("recording.json", { entry: "x.ts" })).rejects.toThrow("there is no file x.ts");
    await expect(run("nothing")).rejects.toThrow("neither a file nor the id of an invocation");
    await expect(run("recording.json", { until: 100 })).rejects.toThrow(/no entry 100.* is 6$/);
    await write("a.json", { ...recording, version: 99 });
    await expect(run("a.json")).rejects.toThrow("has version 99 of the format");
    await writeFile(join(cwd, "b.json"), "{");
    await expect(run("b.json")).rejects.toThrow("b.json is no recording of an invocation");
    const { journal, start } = recording;
    const broken: readonly [unknown, string][] = [
      [{ ...recording, format: "x" }, "it has no format rejoin.recording"],
      [{ ...recording, journal: journal.slice(1) }, "journal entry 0 has the index 1"],
      [{ ...recording, journal: undefined }, "it has no journal"],
      [{ ...recording, start: { ...start, protocol_version: 3 } }, "its protocol version is 3"],
      [{ ...recording, start: { ...start, random_seed: "x" } }, "its random seed"],
      [{ ...recording, start: { ...start, state: null } }, "it has no state"],
      [{ ...recording, invocation: { id: "inv_1" } }, "has no target_service_name"],
      [[], "it has no format"],
    ];
    for (const [value, message] of broken) {
      await write("c.json", value);
      await expect(run("c.json")).rejects.toThrow(message);
    }
    await mkdir(join(cwd, "directory"));
    await expect(run("directory")).rejects.toThrow();
  });

  it("is a program that ends before its time, or does not end", async () => {
    const { cwd } = await exported();
    const run = (startProgram: CliEnvironment["startProgram"], own: Partial<CliEnvironment> = {}) =>
      runReplay(
        environmentOf({ startProgram, ...own }, cwd),
        noAdmin,
        request("recording.json", { entry: "app.mjs" }),
      );
    const ended = run(fakeProgram(async () => undefined));
    await expect(ended).rejects.toThrow("ended before the replay was over, with exit code 3");
    const busy = run(
      () => {
        let end = () => {};
        const killed = new Promise<void>((resolve) => {
          end = resolve;
        });
        const ended = killed.then(() => ({ kind: "signal", signal: "SIGKILL" }) as const);
        return { ended, kill: () => end() };
      },
      {
        after: (_delayMs, callback) => {
          setImmediate(callback);
          return () => undefined;
        },
      },
    );
    await expect(busy).rejects.toThrow("app.mjs has kept its process busy and was ended");
  });
});

describe("an export", () => {
  it("is refused where there is no journal", async () => {
    const id = await server.invoke("worker/sum", 20);
    await admin.purgeJournal(id);
    const fetched = () => fetchRecording(admin, id, 0);
    await expect.poll(() => fetched().catch(String)).toContain("has no journal: its journal was");
    const other = id.replace(/.$/, (last) => (last === "0" ? "1" : "0"));
    await expect(fetchRecording(admin, other, 0)).rejects.toThrow();
  });
});
