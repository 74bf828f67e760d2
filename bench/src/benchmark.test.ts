import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as sdk from "@rejoin/sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runBenchmark } from "./benchmark.ts";
import { floorTarget } from "./floor/floor.ts";
import { type Options, parseOptions } from "./options.ts";
import { formatReport, type Report } from "./report/report.ts";
import { Resources } from "./resources.ts";
import type { Row } from "./samples.ts";
import { directoryBytes } from "./target/directory-bytes.ts";
import { ownUsage } from "./target/own-usage.ts";
import { rejoinHttp2Target, rejoinTarget, takesServer } from "./target/rejoin.ts";
import { openServer } from "./target/server.ts";
import type { Target } from "./target/target.ts";
import { createServices } from "./work/services.ts";
import { expectedSum, SHAPES } from "./work/works.ts";

const NAP_MS_MAX = 20;
/** Of a target whose processes do not end. */
const never = new Promise<never>(() => undefined);

const resources = new Resources();
let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "rejoin-bench-test-"));
});
afterAll(async () => {
  resources.releaseAll();
  await rm(directory, { recursive: true, force: true });
});

/** The server of a target, without the process around it. */
const inThisProcess: Target = {
  name: "rejoin",
  facts: { mode: "in the process of the test" },
  supports: takesServer,
  open: async (context) => {
    const data = context.resources.temporaryDirectory(context.directory);
    const server = await openServer(data.path, createServices(sdk, NAP_MS_MAX));
    return {
      ingressUrl: server.ingressUrl,
      usage: async () => ({
        processes: [{ name: "test", ...ownUsage() }],
        counters: server.counters(),
      }),
      profilers: [],
      failed: never,
      dataBytes: () => directoryBytes(data.path),
      close: async () => {
        await server.close();
        data.remove();
        return { dataBytes: 1 };
      },
    };
  },
};

function parse(...args: string[]): Options {
  const options = parseOptions([...args, "--directory", directory]);
  if (options === undefined) throw new Error("help was asked for");
  return options;
}

function run(options: Options, ...targets: Target[]): Promise<Report> {
  // Targets in the process of the test are never seen to be quiet while others run in it.
  return runBenchmark(
    { ...options, settleMs: 0, warmUpMs: 0, turnMs: 0 },
    { targets, resources, progress: () => undefined },
  );
}

function expectSane(row: Row): void {
  expect(row.perSecond).toBeGreaterThan(0);
  expect(row.wallUs).toBeCloseTo(1e6 / row.perSecond, 3);
  expect(row.cpuUs).toBeGreaterThan(0);
  expect(row.commitsPerSecond).toBeGreaterThan(0);
  expect(row.recordsPerCommit).toBeGreaterThan(0);
  expect(row.writesPerCommit).toBeGreaterThan(0);
  expect(row.fetches).toBeGreaterThanOrEqual(0);
  expect(row.rssPeakBytes).toBeGreaterThan(10 * 2 ** 20);
}

const WORKS = ["fanout", "tree", "echo", "payload", "run-per-call", "sequential-runs"];
const TINY = [
  ...[...WORKS, "parallel-runs", "object", "commits"],
  ...["--sizes", "3,6", "--requests", "80", "--steps", "5", "--runs", "2"],
  ...["--tree", "2,3,2", "--parents", "2"],
];

describe("the benchmark", () => {
  let report: Report;
  let text = "";
  beforeAll(async () => {
    report = await run(parse(...TINY), inThisProcess);
    text = formatReport(report);
  });

  it("measures every work at every size, with sane figures in all columns", () => {
    const measured = report.rows.map((row) => `${row.work} ${row.size}`);
    const fanouts = SHAPES.flatMap((shape) => [`fanout:${shape} 3`, `fanout:${shape} 6`]);
    expect(measured).toEqual([
      ...fanouts,
      "fanout:many-parents 200",
      "tree:2×3×2 12",
      "echo:64 80",
      "echo:1 10",
      "payload:1KB 80",
      "payload:100KB 8",
      "payload:4MB 1",
      "run-per-call 80",
      "sequential-runs 5",
      "parallel-runs 5",
      "object:one-key 80",
      "object:64-keys 80",
    ]);
    for (const row of report.rows) {
      expectSane(row);
      expect(row.samples).toHaveLength(2);
    }
    expect(report.skipped).toEqual([]);
  });

  it("times each request where there are many", () => {
    for (const row of report.rows) {
      if (row.unit !== "request" && row.work !== "fanout:many-parents") {
        expect(row.p50Ms).toBeUndefined();
        continue;
      }
      expect(row.p50Ms).toBeGreaterThan(0);
      expect(row.p99Ms).toBeGreaterThanOrEqual(row.p50Ms ?? Number.NaN);
    }
  });

  it("compares the largest fan-out with the smaller ones, by wall time and by CPU", () => {
    expect(report.linearity.map(({ work, by }) => [work, by])).toEqual([
      ["fanout:empty", ["wall", "cpu"]],
      ["fanout:random", ["cpu"]],
      ["fanout:suspended-all", ["wall", "cpu"]],
      ["fanout:suspended-order", ["wall", "cpu"]],
    ]);
    for (const { size, wallRatio, cpuRatio } of report.linearity) {
      expect(size).toBe(6);
      expect(wallRatio).toBeGreaterThan(0);
      expect(cpuRatio).toBeGreaterThan(0);
    }
  });

  it("says what the machine is and how long it takes to make a write durable", () => {
    expect(report.machine.cores).toBeGreaterThan(0);
    expect(report.machine.node).toBe(process.version);
    expect(report.machine.fsyncMs.median).toBeGreaterThan(0);
    expect(report.machine.fsyncMs.p99).toBeGreaterThanOrEqual(report.machine.fsyncMs.median);
  });

  it("prints a line for every row, and a verdict for every fan-out", () => {
    const lines = text.split("\n");
    for (const { work, size } of report.rows) {
      expect(lines.some((line) => line.includes(`| ${work} `) && line.includes(` ${size} |`))).toBe(
        true,
      );
    }
    expect(text).toContain("linear (≤ 1.3)");
    expect(text).toContain("disk bytes per unit");
    expect(text).not.toMatch(/NaN|Infinity|undefined/);
    expect(text).not.toContain("| process ");
    expect(text).toContain("rejoin cannot do commits:one-by-one, commits:groups");
  });
});

/** Data directories; profiles stay, for they are what was asked for. */
async function leftBehind(): Promise<readonly string[]> {
  return (await readdir(directory)).filter((name) => !name.startsWith("rejoin-profiles-"));
}

describe("the benchmark in processes of their own", () => {
  it("measures another process, profiles it, and leaves nothing behind", async () => {
    const options = parse("fanout:suspended-order", "--sizes", "20", "--runs", "1", "--profile");
    const report = await run(options, rejoinTarget);
    expect(await leftBehind()).toEqual([]);
    const [row] = report.rows;
    if (row === undefined) throw new Error("nothing was measured");
    expectSane(row);
    expect(row.rssPeakBytes).not.toBe(process.resourceUsage().maxRSS * 1024);
    expect(report.totals[0]?.dataBytesPerUnit).toBeGreaterThan(0);
    const [profile] = report.profiles;
    const shares = profile?.stages.map(({ share }) => share) ?? [];
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 1);
    expect(profile?.files.some(({ what }) => what.startsWith("server: "))).toBe(true);
    expect(formatReport(report)).toContain("other threads");
  });

  it("measures server and services apart", async () => {
    const works = ["fanout:empty", "fanout:suspended-order"];
    const report = await run(parse(...works, "--sizes", "5,10", "--runs", "1"), rejoinHttp2Target);
    expect(report.rows.map(({ work, size }) => `${work} ${size}`)).toEqual(
      works.flatMap((work) => [`${work} 5`, `${work} 10`]),
    );
    for (const row of report.rows) {
      expectSane(row);
      const [server, services] = row.processes;
      expect(row.processes.map(({ name }) => name)).toEqual(["server", "services"]);
      expect(server?.cpuUs).toBeGreaterThan(0);
      expect(services?.cpuUs).toBeGreaterThan(0);
      expect(row.rssPeakBytes).toBe((server?.rssPeakBytes ?? 0) + (services?.rssPeakBytes ?? 0));
    }
    expect(report.linearity.map(({ work, size }) => `${work} ${size}`)).toEqual(
      works.map((work) => `${work} 10`),
    );
    expect(formatReport(report)).toMatch(/\| fanout:empty +\| rejoin-http2 \| services \| +10 \|/);
    expect(await leftBehind()).toEqual([]);
  });

  it("profiles both of two processes", async () => {
    const options = parse("echo:1", "--requests", "480", "--runs", "1", "--profile");
    const { profiles } = await run(options, rejoinHttp2Target);
    expect(profiles.map(({ target, process }) => [target, process])).toEqual([
      ["rejoin-http2", "server"],
      ["rejoin-http2", "services"],
    ]);
    const owners = profiles.map(({ files }) => files.map(({ what }) => what.split(":")[0]));
    expect(owners[0]).toContain("server");
    // Which of its parts are caught at work is a matter of chance.
    expect(owners[1]?.some((owner) => owner === "sdk" || owner === "protocol")).toBe(true);
    expect(owners[1]).not.toContain("engine");
  });

  it("takes a peer by turns and gives the ratio of the medians", async () => {
    const options = parse("echo:1", "--requests", "16", "--runs", "2");
    const [b, c] = ["b", "c"].map((name) => ({ ...inThisProcess, name }) as Target);
    if (b === undefined || c === undefined) throw new Error("there are two");
    const report = await run(options, inThisProcess, b, c);
    expect(report.rows.map(({ target }) => target)).toEqual(["rejoin", "b", "c"]);
    expect(report.ratios.map(({ target, peer }) => `${target} over ${peer}`)).toEqual([
      "rejoin over b",
      "rejoin over c",
      "b over c",
    ]);
    for (const { perSecond } of report.ratios) expect(perSecond).toBeGreaterThan(0);
    expect(formatReport(report)).toContain("rate over the peer's");
  });

  it("measures bare commits beside a server that has other works", async () => {
    const options = parse("commits", "--steps", "3", "--runs", "1");
    const report = await run(options, inThisProcess, floorTarget);
    expect(report.rows.map(({ work, target, size }) => `${work} ${target} ${size}`)).toEqual([
      "commits:one-by-one floor 3",
      "commits:groups floor 192",
    ]);
    for (const { perSecond } of report.rows) expect(perSecond).toBeGreaterThan(0);
    expect(report.leftOut).toEqual(["rejoin does none of these works"]);
    expect(await leftBehind()).toEqual([]);
  });

  it("ends with an error as soon as a process of a target has ended", async () => {
    const failed = Promise.reject(new Error("the services have ended by SIGKILL"));
    failed.catch(() => undefined);
    const options = parse("fanout:empty", "--sizes", "20000", "--runs", "1");
    await expect(run(options, { ...slowBeyond(1000, failed), name: "dead" })).rejects.toThrow(
      "the services have ended by SIGKILL",
    );
  });

  it("gives a size up that takes too long, and measures the smaller ones", async () => {
    const sizes = ["--sizes", "2,20000", "--limit-seconds", "1", "--runs", "1"];
    const report = await run(parse("fanout:suspended-order", ...sizes), slowBeyond(1000));
    expect(report.rows.map(({ size }) => size)).toEqual([2]);
    expect(report.skipped).toEqual(["slow: fanout:suspended-order at 20000 took longer than 1 s"]);
    expect(formatReport(report)).toContain("given up, with larger sizes: slow: fanout");
  });
});

/** A target that answers only requests for fewer units than `unitsMax`. */
function slowBeyond(unitsMax: number, failed: Promise<never> = never): Target {
  return {
    name: "slow",
    facts: {},
    supports: takesServer,
    open: async () => {
      const server = createServer((incoming, outgoing) => {
        incoming.on("data", (body) => {
          const count = Number(body);
          if (count < unitsMax) outgoing.end(String(expectedSum(count)));
        });
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as AddressInfo;
      return {
        ingressUrl: `http://127.0.0.1:${port}`,
        usage: async () => ({ processes: [], counters: undefined }),
        profilers: [],
        failed,
        dataBytes: () => 0,
        close: async () => {
          server.closeAllConnections();
          server.close();
          return { dataBytes: 0 };
        },
      };
    },
  };
}
