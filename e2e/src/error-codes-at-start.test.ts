/** What `rejoin server` says when it cannot start, with its code. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { raiseFormat } from "./support/data-files.ts";
import { REJOIN, startRejoinServer } from "./support/rejoin-command.ts";
import { createTemporaryDirectory } from "./support/temporary-directory.ts";
import { startNode } from "./support/watched-process.ts";

const TIMEOUT_MS = 60_000;

interface Refused {
  readonly args?: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
  readonly dataDir: string;
  /** The first line on standard error. */
  readonly says: RegExp;
}

async function emptyDirectory(): Promise<string> {
  const { path, remove } = await createTemporaryDirectory();
  onTestFinished(remove);
  return path;
}

/** The server must end by itself, having said this and what to do. */
async function expectRefusal({ args = [], variables = {}, dataDir, says }: Refused): Promise<void> {
  const anyPorts = ["--ingress-address", "127.0.0.1:0", "--admin-address", "127.0.0.1:0"];
  const flags = ["--data-dir", dataDir, ...anyPorts, ...args];
  const server = startNode([REJOIN, "server", ...flags], { cwd: dataDir, variables });
  const { code } = await server.ended;
  expect(server.stdout).toBe("");
  const [first = "", second = ""] = server.output.split("\n");
  expect(first).toMatch(says);
  expect(code, server.output).toBeGreaterThan(0);
  if (second !== "") expect(second).toMatch(/^hint: /);
}

it.each<[string, string, RegExp]>([
  ["is no TOML", "data-dir = \n", /r\.toml, line 1: this is no TOML/],
  ["has an unknown key", 'data-dri = "x"\n', /r\.toml, line 1: unknown key data-dri/],
  ["has a wrong value", 'log-level = "loud"\n', /r\.toml, line 1: log-level is "loud"/],
])(
  "RT0002: a configuration file that %s",
  async (_, text, says) => {
    const dataDir = await emptyDirectory();
    await writeFile(join(dataDir, "r.toml"), text);
    const pattern = new RegExp(`^error: \\[RT0002\\] .*${says.source}`);
    await expectRefusal({ args: ["--config-file", "r.toml"], dataDir, says: pattern });
  },
  TIMEOUT_MS,
);

it(
  "RT0002: a variable with a wrong value, and a flag",
  async () => {
    const dataDir = await emptyDirectory();
    const variables = { REJOIN_DEFAULT_ABORT_TIMEOUT: "soon" };
    const ofVariable = /^error: \[RT0002\] REJOIN_DEFAULT_ABORT_TIMEOUT is "soon"/;
    await expectRefusal({ variables, dataDir, says: ofVariable });
    const ofFlag = /^error: \[RT0002\] --log-level is "loud"/;
    await expectRefusal({ args: ["--log-level", "loud"], dataDir, says: ofFlag });
  },
  TIMEOUT_MS,
);

it(
  "RT0004: an address that is taken",
  async () => {
    const { adminUrl } = await startRejoinServer({ dataDir: await emptyDirectory() });
    const address = new URL(adminUrl).host;
    for (const flag of ["--ingress-address", "--admin-address"]) {
      const says = new RegExp(`^error: \\[RT0004\\] address ${address} is in use`);
      await expectRefusal({ args: [flag, address], dataDir: await emptyDirectory(), says });
    }
  },
  TIMEOUT_MS,
);

it(
  "RT0005: a data directory that another process has open",
  async () => {
    const dataDir = await emptyDirectory();
    await startRejoinServer({ dataDir });
    const says = new RegExp(`^error: \\[RT0005\\] the store in ${dataDir} is in use`);
    await expectRefusal({ dataDir, says });
  },
  TIMEOUT_MS,
);

it(
  "RT0009: a directory with other files in it",
  async () => {
    const dataDir = await emptyDirectory();
    await writeFile(join(dataDir, "holiday.jpg"), "");
    await expectRefusal({ dataDir, says: /^error: \[RT0009\] .*holiday\.jpg/ });
  },
  TIMEOUT_MS,
);

it(
  "RT0009: a data directory of a later version",
  async () => {
    const dataDir = await emptyDirectory();
    const server = await startRejoinServer({ dataDir });
    await server.process.stop();
    await raiseFormat(dataDir);
    await expectRefusal({ dataDir, says: /^error: \[RT0009\] .* has format 99/ });
  },
  TIMEOUT_MS,
);
