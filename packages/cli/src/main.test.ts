/** The program as a process: what the tests with a terminal of their own cannot show. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startFakeAdmin } from "./testing/fake-admin.ts";
import { startRejoin } from "./testing/rejoin-process.ts";
import { service } from "./testing/resources.ts";
import { temporaryDirectory } from "./testing/test-environment.ts";

/** Each process compiles its sources, and the machine may be busy. */
const TIMEOUT_MS = 60_000;
const ANY_PORTS = ["--ingress-address", "127.0.0.1:0", "--admin-address", "127.0.0.1:0"];

describe("rejoin server", () => {
  it(
    "ends with 0 on SIGTERM, its data kept",
    async () => {
      const cwd = await temporaryDirectory();
      const server = startRejoin(["server", ...ANY_PORTS], { cwd });
      const [, adminUrl] = await server.find(/^rejoin server is ready: .*admin (\S+), data /m);
      expect((await fetch(`${adminUrl}/health`)).status).toBe(200);
      server.kill("SIGTERM");
      expect(await server.ended).toEqual({ code: 0, signal: null });
      expect(server.stdout.trimEnd().split("\n")).toHaveLength(1);
      expect(await readdir(join(cwd, "rejoin-data"))).not.toEqual([]);
    },
    TIMEOUT_MS,
  );

  it(
    "refuses a directory that another process uses, in one line and a hint",
    async () => {
      const cwd = await temporaryDirectory();
      const first = startRejoin(["server", ...ANY_PORTS], { cwd });
      await first.find(/is ready/);
      const second = startRejoin(["server", ...ANY_PORTS], { cwd });
      expect(await second.ended).toEqual({ code: 1, signal: null });
      expect(second.stdout).toBe("");
      expect(second.stderr).toMatch(
        /^error: \[RT0005\] the store in \S+ is in use: .*\nhint: .*\n$/,
      );
    },
    TIMEOUT_MS,
  );
});

describe("rejoin deployments register", () => {
  it(
    "does not hang on a question that a pipe answers",
    async () => {
      const admin = await startFakeAdmin();
      admin.endpoints.set("http://localhost:9080", [service()]);
      const variables = { REJOIN_ADMIN_URL: admin.url };
      const input = "y\n";
      const own = startRejoin(["dp", "register", "localhost:9080"], { variables, input });
      expect(await own.ended).toEqual({ code: 2, signal: null });
      expect(own.stdout).toContain("ADDED greeter");
      expect(own.stderr).toContain("there is no terminal to ask on");
      expect(admin.changes).toEqual([]);
    },
    TIMEOUT_MS,
  );
});

describe("the program", () => {
  it(
    "exits with what the command says",
    async () => {
      expect(await startRejoin(["--version"]).ended).toEqual({ code: 0, signal: null });
      expect(await startRejoin(["nope"]).ended).toEqual({ code: 2, signal: null });
    },
    TIMEOUT_MS,
  );
});
