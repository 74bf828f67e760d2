import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type TestOptions, TestTerminal, temporaryDirectory } from "../testing/test-environment.ts";

const ANY_PORTS = ["--ingress-address", "127.0.0.1:0", "--admin-address", "127.0.0.1:0"];
const READY =
  /^rejoin server is ready: ingress (http:\/\/127\.0\.0\.1:\d+), admin (http:\/\/127\.0\.0\.1:\d+), data (.+)$/m;

async function startServer(options: TestOptions & { readonly args?: readonly string[] } = {}) {
  const cwd = options.cwd ?? (await temporaryDirectory());
  const terminal = new TestTerminal({ ...options, cwd });
  const code = terminal.run("server", ...ANY_PORTS, ...(options.args ?? []));
  const [, ingressUrl = "", adminUrl = "", dataDir = ""] = await terminal.find(READY);
  return { terminal, code, cwd, ingressUrl, adminUrl, dataDir };
}

describe("a server", () => {
  it("says that it is ready, is, and ends on a signal with its data kept", async () => {
    const { terminal, code, cwd, adminUrl, ingressUrl, dataDir } = await startServer();
    expect(dataDir).toBe("./rejoin-data");
    expect((await fetch(`${adminUrl}/health`)).status).toBe(200);
    expect((await fetch(`${ingressUrl}/restate/health`)).status).toBe(200);
    terminal.signal("SIGTERM");
    expect(await code).toBe(0);
    expect(terminal.stdout.split("\n")).toHaveLength(2);
    expect(await readdir(join(cwd, "rejoin-data"))).not.toEqual([]);
    await expect(fetch(`${adminUrl}/health`)).rejects.toThrow();
  });

  it("logs JSON when nobody looks, and lines when somebody does", async () => {
    const plain = await startServer();
    plain.terminal.signal("SIGINT");
    await plain.code;
    const [first = ""] = plain.terminal.stderr.split("\n");
    expect(JSON.parse(first)).toMatchObject({ level: "info", signal: "SIGINT" });
    const variables = { NO_COLOR: "1" };
    const pretty = await startServer({ isTerminal: true, variables });
    pretty.terminal.signal("SIGINT");
    await pretty.code;
    expect(pretty.terminal.stderr).toMatch(/^[\d:.]{12} INFO {2}shutting down: .* signal=SIGINT$/m);
  });

  it("ends at once on a second signal", async () => {
    const { terminal, code } = await startServer();
    terminal.signal("SIGINT");
    terminal.signal("SIGTERM");
    expect(terminal.exitCodes).toEqual([143]);
    await code;
  });

  it("registers nothing of its own", async () => {
    const { terminal, code, ingressUrl } = await startServer();
    const response = await fetch(`${ingressUrl}/restate/health`);
    expect(await response.json()).toEqual({ services: [] });
    terminal.signal("SIGTERM");
    await code;
  });

  it("warns of a variable that is nearly a setting", async () => {
    const variables = { REJOIN_INGRES_ADDRESS: "x", REJOIN_ADMIN_URL: "y", REJOIN_LOGGING: "z" };
    const { terminal, code } = await startServer({ variables });
    terminal.signal("SIGTERM");
    await code;
    const warnings = terminal.stderr.split("\n").filter((line) => line.includes('"warn"'));
    expect(warnings.map((line) => JSON.parse(line).message)).toEqual([
      "REJOIN_INGRES_ADDRESS means nothing: did you mean REJOIN_INGRESS_ADDRESS?",
    ]);
  });

  it("takes its configuration from file, variables and flags", async () => {
    const cwd = await temporaryDirectory();
    await writeFile(join(cwd, "r.toml"), 'data-dir = "from-file"\nlog-level = "error"\n');
    const variables = { REJOIN_CONFIG: "r.toml" };
    const first = await startServer({ cwd, variables });
    expect(first.dataDir).toBe("from-file");
    first.terminal.signal("SIGTERM");
    expect(await first.code).toBe(0);
    expect(first.terminal.stderr).toBe("");
    const second = await startServer({ cwd, variables, args: ["--data-dir", "from-flag"] });
    expect(second.dataDir).toBe("from-flag");
    second.terminal.signal("SIGTERM");
    await second.code;
    expect((await readdir(cwd)).sort()).toEqual(["from-file", "from-flag", "r.toml"]);
  });
});

describe("a server that cannot start", () => {
  it("names the address that is in use, and how to choose another one", async () => {
    const first = await startServer();
    for (const [flag, url] of [
      ["--ingress-address", first.ingressUrl],
      ["--admin-address", first.adminUrl],
    ] as const) {
      const address = url.replace("http://", "");
      const terminal = new TestTerminal({ cwd: await temporaryDirectory() });
      expect(await terminal.run("server", ...ANY_PORTS, flag, address)).toBe(1);
      expect(terminal.stdout).toBe("");
      expect(terminal.stderr).toContain(
        `error: [RT0004] address ${address} is in use by another program`,
      );
      expect(terminal.stderr).toContain(`hint: ${flag} or REJOIN_`);
      expect(terminal.stderr.trimEnd().split("\n")).toHaveLength(2);
    }
    first.terminal.signal("SIGTERM");
    await first.code;
  });

  it("names the directory that is in use", async () => {
    const first = await startServer();
    const terminal = new TestTerminal({ cwd: first.cwd });
    expect(await terminal.run("server", ...ANY_PORTS)).toBe(1);
    expect(terminal.stderr).toContain(
      `error: [RT0005] the store in ${first.cwd}/rejoin-data is in use`,
    );
    expect(terminal.stderr).toContain("hint: --data-dir");
    first.terminal.signal("SIGTERM");
    await first.code;
  });

  it("names the directory that cannot be written", async () => {
    const cwd = await temporaryDirectory();
    await writeFile(join(cwd, "rejoin-data"), "a file");
    const terminal = new TestTerminal({ cwd });
    expect(await terminal.run("server", ...ANY_PORTS)).toBe(1);
    expect(terminal.stderr).toContain(`the directory ${cwd}/rejoin-data cannot be written`);
  });

  it("names what is damaged, and how to start all the same", async () => {
    const first = await startServer();
    first.terminal.signal("SIGTERM");
    await first.code;
    const directory = join(first.cwd, "rejoin-data");
    const [log = ""] = (await readdir(directory)).filter((name) => name.startsWith("MANIFEST"));
    await writeFile(join(directory, log), "garbage");
    const terminal = new TestTerminal({ cwd: first.cwd });
    expect(await terminal.run("server", ...ANY_PORTS)).toBe(1);
    expect(terminal.stderr).toContain(log);
    expect(terminal.stderr).toContain("hint: --accept-data-loss");
    const args = ["--accept-data-loss"];
    const again = await startServer({ cwd: first.cwd, args });
    again.terminal.signal("SIGTERM");
    expect(await again.code).toBe(0);
  });

  it("names the configuration file that is not there", async () => {
    const terminal = new TestTerminal({ cwd: await temporaryDirectory() });
    expect(await terminal.run("server", "--config-file", "nope.toml")).toBe(1);
    expect(terminal.stderr).toContain("[RT0002] the configuration file nope.toml cannot be read");
  });

  it("says which flag is wrong", async () => {
    const terminal = new TestTerminal();
    expect(await terminal.run("server", "--log-level", "loud")).toBe(2);
    expect(terminal.stderr).toContain('[RT0002] --log-level is "loud": it must be one of debug');
  });
});

describe("--dump-config", () => {
  it("prints the configuration, and starts nothing", async () => {
    const cwd = await temporaryDirectory();
    const terminal = new TestTerminal({ cwd, variables: { REJOIN_DATA_DIR: "here" } });
    expect(await terminal.run("server", "--dump-config", "--log-level", "debug")).toBe(0);
    expect(terminal.stdout).toContain('\ndata-dir = "here" # from REJOIN_DATA_DIR\n');
    expect(terminal.stdout).toContain('\nlog-level = "debug" # from --log-level\n');
    expect(terminal.stdout).toContain("\n[default-retry-policy]\n");
    expect(await readdir(cwd)).toEqual([]);
  });
});
