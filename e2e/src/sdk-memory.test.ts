/**
 * What has ended in a process with services leaves nothing behind there, however it has ended. The
 * server is a process of its own. `npm run test:full` has it.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mustRegister, pollInvocation, register } from "./support/admin-client.ts";
import { type ChildProgram, startProgram } from "./support/child-program.ts";
import { attach, call, request, send } from "./support/ingress-client.ts";
import { planRejoinServer, type RejoinServer, startRejoinServer } from "./support/rejoin-server.ts";
import {
  createTemporaryDirectory,
  type TemporaryDirectory,
} from "./support/temporary-directory.ts";

const MIB = 1024 * 1024;
const ROUNDS = 20;
const WARM_UP_ROUNDS = 2;
const INVOCATIONS = 25;
const LEFT_BYTES_MAX = 8 * MIB;
const RUNS_BYTES_MAX = 16 * MIB;
const RETRIES_SEEN = 2;
const PATIENCE_MS = 30_000;
const LIMIT_MS = 300_000;
/** The last attempts may still be on their way to their end. */
const WEIGHINGS_MAX = 20;

const full = process.env.REJOIN_TEST_FULL === "1";

describe.runIf(full).each(["node", "fetch"])("with an endpoint for %s", (runtime) => {
  let directory: TemporaryDirectory;
  let server: RejoinServer;
  let program: ChildProgram;

  beforeAll(async () => {
    directory = await createTemporaryDirectory();
    server = startRejoinServer(await planRejoinServer(directory.path));
    program = startProgram({
      program: "serve-weights",
      nodeOptions: ["--expose-gc"],
      args: [runtime],
    });
    const { port } = await program.line("ready");
    await server.ready();
    const uri = `http://127.0.0.1:${port}`;
    if (runtime === "node") await mustRegister(server.adminUrl, uri);
    else expect((await register(server.adminUrl, { uri, use_http_11: true })).status).toBe(201);
  }, PATIENCE_MS);
  afterAll(async () => {
    await program.kill();
    await server.kill();
    await directory.remove();
  });

  const weigh = () => call<number>(`${server.ingressUrl}/scales/weigh`);
  const begin = (handler: string, body?: unknown) =>
    send(`${server.ingressUrl}/weights/${handler}/send`, body === undefined ? {} : { body });

  const untilCompleted = async (id: string, status: number) => {
    expect((await attach(server.ingressUrl, id)).status).toBe(status);
  };
  const untilStatus = async (id: string, wanted: string) => {
    await pollInvocation(server.adminUrl, id, ({ status }) => status === wanted, PATIENCE_MS);
  };
  /** Enough of it has been seen. */
  const killWhenRetried = async (id: string) => {
    const { adminUrl } = server;
    await pollInvocation(adminUrl, id, (shown) => shown.retry_count >= RETRIES_SEEN, PATIENCE_MS);
    const killed = await request(`${adminUrl}/invocations/${id}/kill`, { method: "PATCH" });
    expect(killed.status).toBeLessThan(300);
  };

  async function round(handler: string, until: (id: string) => Promise<void>): Promise<void> {
    const one = async () => await until((await begin(handler)).invocationId);
    await Promise.all(Array.from({ length: INVOCATIONS }, one));
  }

  /** How much there is more in the end. */
  async function weighLeft(handler: string, until: (id: string) => Promise<void>) {
    for (let done = 0; done < WARM_UP_ROUNDS; done += 1) await round(handler, until);
    const before = await weigh();
    for (let done = 0; done < ROUNDS; done += 1) await round(handler, until);
    let left = (await weigh()) - before;
    for (let again = 1; left > LEFT_BYTES_MAX && again < WEIGHINGS_MAX; again += 1) {
      left = (await weigh()) - before;
    }
    return left;
  }

  it.each<[string, string, (id: string) => Promise<void>]>([
    ["has succeeded", "succeed", (id) => untilCompleted(id, 200)],
    ["has failed", "fail", (id) => untilCompleted(id, 500)],
    ["is tried again and again", "retry", killWhenRetried],
    ["is suspended", "suspend", (id) => untilStatus(id, "suspended")],
    ["is paused", "pause", (id) => untilStatus(id, "paused")],
    ["had hooks around it", "hooked", (id) => untilCompleted(id, 200)],
    ["was aborted while it hung", "hang", killWhenRetried],
  ])(
    "what %s leaves no more than 8 MiB of 500",
    { timeout: LIMIT_MS },
    async (_, handler, until) => {
      const left = await weighLeft(handler, until);
      console.log(`${runtime}, ${handler}: ${(left / MIB).toFixed(2)} MiB are left`);
      expect(left).toBeLessThanOrEqual(LEFT_BYTES_MAX);
    },
  );

  it("what handlers hold on to is seen", { timeout: LIMIT_MS }, async () => {
    const left = await weighLeft("keep", (id) => untilCompleted(id, 200));
    expect(left).toBeGreaterThan(3 * LEFT_BYTES_MAX);
  });

  it.each([false, true])(
    "what 200 runs held is gone while their handler goes on (all at once: %s)",
    { timeout: LIMIT_MS },
    async (atOnce) => {
      const { invocationId } = await begin("runs", { count: 200, atOnce });
      const left = (await attach(server.ingressUrl, invocationId)).json() as number;
      console.log(`${runtime}, runs: ${(left / MIB).toFixed(2)} MiB are left`);
      expect(left).toBeLessThanOrEqual(RUNS_BYTES_MAX);
    },
  );
});
