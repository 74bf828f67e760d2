import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { runBenchmark } from "../benchmark.ts";
import { parseOptions } from "../options.ts";
import { Resources } from "../resources.ts";
import type { Target } from "../target/target.ts";
import { createBullMqTarget } from "./bullmq.ts";
import { createDbosTarget } from "./dbos.ts";
import { findPrograms, MissingProgramError } from "./debian.ts";
import { openFront } from "./front.ts";

const full = process.env.REJOIN_TEST_FULL === "1";

const resources = new Resources();
let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "rejoin-bench-test-"));
  await chmod(directory, 0o711); // PostgreSQL may run as another user.
});
afterAll(async () => {
  resources.releaseAll();
  await rm(directory, { recursive: true, force: true });
});

async function run(target: Target) {
  const options = parseOptions([
    ...["--sizes", "3", "--requests", "80", "--steps", "5", "--runs", "1"],
    ...["--tree", "2,3,2", "--parents", "2", "--directory", directory],
  ]);
  if (options === undefined) throw new Error("help was asked for");
  const works = options.works.filter(({ name }) => target.supports(name));
  const progress = () => undefined;
  return runBenchmark(
    { ...options, works, scenarios: [] },
    { targets: [target], resources, progress },
  );
}

describe.runIf(full)("peers, installed aside", () => {
  it("does fan-outs on BullMQ, on a Redis that makes each write durable", async () => {
    const target = await createBullMqTarget();
    expect(target.facts["redis configuration"]).toContain('appendfsync "always"');
    const { rows, leftOut } = await run(target);
    expect(rows.map(({ work }) => work)).toEqual([
      ...["fanout:empty", "tree:2×3×2", "fanout:many-parents", "echo:64", "echo:1"],
      ...["payload:1KB", "payload:100KB", "payload:4MB"],
    ]);
    expect(leftOut).toEqual([]);
    for (const { processes, rssPeakBytes } of rows) {
      expect(processes.map(({ name }) => name)).toEqual(["producers and workers", "redis"]);
      expect(rssPeakBytes).toBeGreaterThan(10 * 2 ** 20);
    }
    expect(await readdir(directory)).toEqual([]);
  }, 600_000);

  it("does workflows and steps on DBOS, on a PostgreSQL", async () => {
    const { rows } = await run(await createDbosTarget());
    expect(rows.map(({ work }) => work)).toEqual([
      ...["fanout:empty", "tree:2×3×2", "fanout:many-parents", "echo:64", "echo:1"],
      ...["payload:1KB", "payload:100KB", "payload:4MB"],
      ...["run-per-call", "sequential-runs", "parallel-runs"],
    ]);
    for (const { processes } of rows) {
      expect(processes.map(({ name }) => name)).toEqual(["workflows", "postgresql"]);
    }
    expect(await readdir(directory)).toEqual([]);
  }, 600_000);
});

describe("programs of Debian", () => {
  it("are found together, on the PATH", async () => {
    expect(await findPrograms(["sh", "ls"], "coreutils")).toMatch(/bin$/);
  });

  it("are missed with a remedy where they cannot be installed", async () => {
    const found = findPrograms(["sh", "no-such-program"], "no-such-package", false);
    await expect(found).rejects.toThrow(MissingProgramError);
    await expect(found).rejects.toThrow(
      "no-such-package is not installed: install it so that sh and no-such-program can be found",
    );
  });
});

describe("the HTTP server in front of a peer", () => {
  it("answers values with values, and failures with their reason", async () => {
    const front = await openFront({
      "/double": async (value: number) => value * 2,
      "/fail": async () => Promise.reject(new Error("no such queue")),
    });
    onTestFinished(front.close);
    const post = (path: string, body: string) =>
      fetch(`http://127.0.0.1:${front.port}${path}`, { method: "POST", body });
    expect(await (await post("/double", "21")).json()).toBe(42);
    const failed = await post("/fail", "1");
    expect(failed.status).toBe(500);
    expect(await failed.text()).toContain("no such queue");
    expect((await post("/other", "1")).status).toBe(404);
  });
});
