/**
 * The Dockerfile. Every run checks that what it names is there and accepted. `npm run test:full`
 * builds and runs the image where Docker runs; elsewhere it runs its steps and its command in a folder.
 */
import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { buildWithoutDocker } from "./support/docker/build-without-docker.ts";
import {
  healthCheckOf,
  instructionsOf,
  parseCopy,
  readStages,
  variablesOf,
  wordsOf,
} from "./support/docker/dockerfile.ts";
import { findFreePort } from "./support/free-port.ts";
import { request } from "./support/ingress-client.ts";
import { ROOT } from "./support/packaging/packed-packages.ts";
import { runNode, runTool } from "./support/packaging/run-tool.ts";
import { createTemporaryDirectory } from "./support/temporary-directory.ts";
import { startCommand } from "./support/watched-process.ts";

const TIMEOUT_MS = 30_000;
const BUILD_TIMEOUT_MS = 30 * 60_000;
const IMAGE = "rejoin-e2e";
const READY = /^rejoin server is ready: /m;

const stages = await readStages();
const [build, image] = stages;
if (build === undefined || image === undefined) throw new Error("the Dockerfile has two stages");

describe("what the Dockerfile names", () => {
  it("is copied from where it is", () => {
    const names = stages.map(({ name }) => name);
    for (const stage of stages) {
      for (const { from, sources } of instructionsOf(stage, "COPY").map(parseCopy)) {
        if (from !== undefined) expect(names).toContain(from);
        else expect(sources.filter((source) => !existsSync(join(ROOT, source)))).toEqual([]);
      }
    }
  });

  it("are scripts and workspaces that there are", async () => {
    const { scripts } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
    const commands = instructionsOf(build, "RUN").map(({ rest }) => rest);
    const called = commands.flatMap((text) => [...text.matchAll(/npm run (\S+)/g)]);
    expect(called.map(([, name]) => name)).toEqual(["build"]);
    expect(Object.keys(scripts)).toContain("build");
    const workspaces = commands.flatMap((text) => [...text.matchAll(/ -w (\S+)/g)]);
    const manifests = workspaces.map(([, name = ""]) => join(ROOT, name, "package.json"));
    expect(manifests).not.toEqual([]);
    expect(manifests.filter((path) => !existsSync(path))).toEqual([]);
  });

  it("holds every package that the command line needs", async () => {
    const commands = instructionsOf(build, "RUN").map(({ rest }) => rest);
    const packed = commands.flatMap((text) => [...text.matchAll(/ -w packages\/(\S+)/g)]);
    const names = new Set(packed.map(([, name = ""]) => name));
    for (const name of names) {
      const path = join(ROOT, "packages", name, "package.json");
      const { dependencies = {} } = JSON.parse(await readFile(path, "utf8"));
      const own = Object.keys(dependencies).filter((other) => other.startsWith("@rejoin/"));
      expect(names).toEqual(new Set([...names, ...own.map((other) => other.slice(8))]));
    }
    expect(names).toContain("cli");
  });

  it("is accepted by `rejoin server`", { timeout: TIMEOUT_MS }, async () => {
    expect(wordsOf(image, "ENTRYPOINT")).toEqual(["/app/node_modules/.bin/rejoin"]);
    const bin = join(ROOT, "packages/cli/bin/rejoin.mjs");
    const { NODE_OPTIONS = "", ...variables } = variablesOf(image);
    const args = [...NODE_OPTIONS.split(" "), bin, ...wordsOf(image, "CMD"), "--dump-config"];
    const config = await runNode(args, { cwd: ROOT, variables });
    expect(config).toMatch(/^data-dir = "\/data"/m);
    expect(config).toMatch(/^ingress-address = "0\.0\.0\.0:8080"/m);
    expect(config).toMatch(/^admin-address = "0\.0\.0\.0:9070"/m);
    const settings = Object.keys(variables).filter((name) => name.startsWith("REJOIN_"));
    expect(settings).toHaveLength(3);
  });

  it("runs as an ordinary user, with a volume", () => {
    const rest = (keyword: string) => instructionsOf(image, keyword).map((found) => found.rest);
    expect(rest("USER")).toEqual(["node"]);
    expect(rest("VOLUME")).toEqual([variablesOf(image).REJOIN_DATA_DIR]);
    expect(rest("EXPOSE")).toEqual(["8080 9070"]);
  });
});

describe.runIf(process.env.REJOIN_TEST_FULL === "1")("the image", () => {
  it("runs a server that keeps its data", { timeout: BUILD_TIMEOUT_MS }, async (context) => {
    if (!(await hasDocker())) context.skip("there is no Docker daemon: its steps run in a folder");
    await runTool("docker", ["build", "-t", IMAGE, "."], { cwd: ROOT, limitMs: BUILD_TIMEOUT_MS });
    const port = await findFreePort();
    const volume = `${IMAGE}-${port}`;
    onTestFinished(async () => void (await docker("volume", "rm", "--force", volume)));
    const publish = ["-p", `127.0.0.1:${port}:9070`, "-v", `${volume}:/data`];
    for (const round of [1, 2]) {
      const name = `${IMAGE}-${port}-${round}`;
      onTestFinished(async () => void (await docker("rm", "--force", name).catch(() => undefined)));
      const started = startCommand("docker", ["run", "--rm", "--name", name, ...publish, IMAGE]);
      await started.find(READY);
      expect((await docker("exec", name, "id", "-un")).trim()).toBe("node");
      await docker("exec", name, ...healthCheckOf(image));
      await checkRule(`http://127.0.0.1:${port}`, round);
      await docker("stop", name);
      expect((await started.ended).code).toBe(0);
    }
  });

  it("has steps that run elsewhere", { timeout: BUILD_TIMEOUT_MS }, async () => {
    const { path, remove } = await createTemporaryDirectory();
    onTestFinished(remove);
    const root = await buildWithoutDocker(path);
    expect(existsSync(join(root, "app/node_modules/@rejoin/ui/dist/index.html"))).toBe(true);
    const data = join(path, "volume");
    await mkdir(data);
    const ports = { 8080: await findFreePort(), 9070: await findFreePort() };
    const local = (text: string) =>
      text
        .replace(/^\/(app|data)\b/, (found) => (found === "/data" ? data : join(root, found)))
        .replace("0.0.0.0", "127.0.0.1")
        .replace(/8080|9070/g, (port) => String(ports[port as "8080" | "9070"]));
    const variables = Object.fromEntries(
      Object.entries(variablesOf(image)).map(([name, value]) => [name, local(value)]),
    );
    const words = [...wordsOf(image, "ENTRYPOINT"), ...wordsOf(image, "CMD")].map(local);
    const [command = "", ...args] = words;
    for (const round of [1, 2]) {
      const started = startCommand(command, args, { cwd: root, variables });
      await started.find(READY);
      const [node = "", ...check] = healthCheckOf(image).map(local);
      expect(node).toBe("node");
      await runNode(check, { cwd: root, variables });
      await checkRule(`http://127.0.0.1:${ports[9070]}`, round);
      expect(await started.stop()).toEqual({ code: 0, signal: null });
    }
  });
});

/** Sets a rule in the first round, and finds it in the second. */
async function checkRule(adminUrl: string, round: number): Promise<void> {
  const rules = `${adminUrl}/limits/rules`;
  if (round === 1) {
    const body = [{ pattern: "kitchen", limits: { concurrency: 3 } }];
    const set = await request(rules, { method: "PUT", body });
    expect(set.status, set.text).toBeLessThan(300);
  } else {
    expect((await request(rules, { method: "GET" })).text).toContain("kitchen");
  }
}

function docker(...args: string[]): Promise<string> {
  return runTool("docker", args, { cwd: ROOT });
}

/** Whether a daemon answers. */
async function hasDocker(): Promise<boolean> {
  return await docker("version").then(
    () => true,
    () => false,
  );
}
