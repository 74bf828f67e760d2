/** The apps of the examples as processes of their own, one of which is killed in the middle. */
import { createAdminClient } from "@rejoin/client";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { findRestartPort } from "../../e2e/src/support/restart-port.ts";
import { podcast } from "../typescript/basics/src/index.ts";
import { AppProcess } from "./app-process.ts";
import { bundleSwitchedApp, polyfill } from "./bundled.ts";
import { type RunningExample, runServerAlone } from "./run-example.ts";

/** Starting a process takes long on a busy machine. */
const PATIENCE_MS = 60_000;
const full = process.env.REJOIN_TEST_FULL === "1";
const sdks = full ? ["ours", "the reference's"] : ["ours"];
const examples = full ? ["basics", "opentelemetry", "patterns", "starter", "tutorials"] : [];

describe.each(sdks)("on %s", { timeout: PATIENCE_MS }, (sdk) => {
  let running: RunningExample;
  let started: AppProcess[] = [];
  beforeAll(async () => {
    running = await runServerAlone();
  });
  afterEach(async () => {
    await Promise.all(started.map((app) => app.kill()));
    started = [];
  });
  afterAll(() => running.close());

  it("goes on after kill -9 with the step that was not done", async () => {
    const port = await findRestartPort();
    const first = await startApp("basics", port, { STALL: "announce" });
    await register(port);
    const publishing = running.ingress.serviceClient(podcast).publish({ title: "Two" });
    const [, file] = await first.printed(/upload done: (\S+)/);
    await first.printed(/announce begins/);
    await first.kill();

    const second = await startApp("basics", port);
    const { url } = await publishing;
    expect(url).toBe(`https://podcast.example/${file}`);
    await second.printed(/announce done: Two at (\S+)/);
    expect(second.output).toContain(`announce done: Two at ${url}`);
    expect(second.output).not.toMatch(/transcode|upload (begins|done)/);
  });

  it.each(examples)("serves the services of %s", async (name) => {
    const port = await findRestartPort();
    await startApp(name, port);
    const { deployment } = await register(port);
    expect(deployment.services.length).toBeGreaterThan(0);
  });

  async function startApp(
    name: string,
    port: number,
    variables: Readonly<Record<string, string>> = {},
  ): Promise<AppProcess> {
    const quick = { SECOND_MS: "5", ...variables };
    const isOurs = sdk === "ours";
    const app = isOurs
      ? new URL(`../typescript/${name}/src/app.ts`, import.meta.url)
      : await bundleSwitchedApp(name);
    const preloaded = isOurs ? {} : { preloaded: polyfill };
    const process = new AppProcess({ app, port, variables: quick, ...preloaded });
    started.push(process);
    expect(await process.listening()).toBe(port);
    return process;
  }

  function register(port: number) {
    const uri = `http://127.0.0.1:${port}`;
    return createAdminClient({ url: running.adminUrl }).registerDeployment({ uri, force: true });
  }
});
