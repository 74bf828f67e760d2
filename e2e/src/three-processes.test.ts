/** `rejoin server`, a service and a client, each a process of its own, as in the guide. */
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { startProgram } from "./support/child-program.ts";
import { GUIDE_SOURCES, type Sdk, startCopy } from "./support/copied-program.ts";
import { findFreePort } from "./support/free-port.ts";
import { attach, call, request, send } from "./support/ingress-client.ts";
import type { WholeResult } from "./support/pid-service.ts";
import {
  listInvocations,
  type RejoinServer,
  readInvocation,
  rejoin,
  startRejoinServer,
} from "./support/rejoin-command.ts";
import { createTemporaryDirectory } from "./support/temporary-directory.ts";

/** Several processes start one after the other, and the machine may be busy. */
const TIMEOUT_MS = 90_000;
const PATIENCE = { timeout: 10_000, interval: 20 };

const DESCRIPTION = "get out of bed,shower,make coffee,have breakfast";
const SUBTASKS = DESCRIPTION.split(",");
const RESULT =
  '{"description":"get out of bed: DONE,shower: DONE,make coffee: DONE,have breakfast: DONE"}';

async function temporaryPath(): Promise<string> {
  const { path, remove } = await createTemporaryDirectory();
  onTestFinished(remove);
  return path;
}

async function openServer(variables: Record<string, string> = {}): Promise<RejoinServer> {
  return await startRejoinServer({ dataDir: await temporaryPath(), variables });
}

/** The worker of the guide; its subtasks are quick. */
async function startWorker(options: { sdk?: Sdk; watch?: boolean } = {}) {
  const directory = join(await temporaryPath(), "app");
  const variables = { SUBTASK_MS_MAX: "300" };
  return await startCopy({ directory, sources: GUIDE_SOURCES, variables, ...options });
}

/** `curl <ingress>/worker/run --json '{"description": …}'` */
function runWorker({ ingressUrl }: RejoinServer) {
  return request(`${ingressUrl}/worker/run`, { body: { description: DESCRIPTION } });
}

it(
  "the guide's steps give its result and its log lines",
  async () => {
    const server = await openServer();
    const { uri, process: app } = await startWorker({ watch: true });
    expect(await rejoin(server, "deployments", "register", uri, "--yes")).toContain("worker");

    const answer = await runWorker(server);
    expect([answer.status, answer.text]).toEqual([200, RESULT]);

    await app.find(/Aggregated result: .*\n/);
    const lines = app.output.split("\n").filter((line) => /\] INFO: .*(subtask|result)/.test(line));
    const instant = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`;
    const format = (target: string) =>
      new RegExp(String.raw`^\[rejoin\]\[${instant}\]\[${target}\]\[inv_\w+\] INFO: (.*)$`);
    const said = (target: string) =>
      lines.flatMap((line) => format(target).exec(line)?.[1] ?? []).sort();
    expect(said("worker/runSubtask")).toEqual(
      SUBTASKS.flatMap((subtask) => [
        `Started executing subtask: ${subtask}`,
        `Execution subtask finished: ${subtask}`,
      ]).sort(),
    );
    const { description } = JSON.parse(RESULT) as { description: string };
    expect(said("worker/run")).toEqual([`Aggregated result: ${description}`]);
    expect(lines).toHaveLength(2 * SUBTASKS.length + 1);
  },
  TIMEOUT_MS,
);

const isFull = process.env.REJOIN_TEST_FULL === "1";

it.each(isFull ? [5, 6, 7] : [7])(
  "the guide's worker runs with the reference SDK when only its import is changed, at protocol %i",
  async (version) => {
    const server = await openServer({ REJOIN_MAX_PROTOCOL_VERSION: String(version) });
    const { uri, process: app } = await startWorker({ sdk: "@restatedev/restate-sdk" });
    await rejoin(server, "deployments", "register", uri, "--yes");

    const answer = await runWorker(server);
    expect([answer.status, answer.text]).toEqual([200, RESULT]);
    const id = answer.headers.get("x-restate-id") ?? "";
    expect(await readInvocation(server.adminUrl, id)).toMatchObject({
      status: "completed",
      target_handler_name: "run",
      pinned_service_protocol_version: version,
    });
    const invocations = await listInvocations(server.adminUrl, "worker");
    const versions = invocations.map((shown) => shown.pinned_service_protocol_version);
    expect(versions).toEqual(Array.from({ length: SUBTASKS.length + 1 }, () => version));
    await app.find(/\[restate\].*Aggregated result: get out of bed: DONE/);
  },
  TIMEOUT_MS,
);

/** The services of `pid-service.ts` on that port; their streams are counted. */
async function startCounted(port: number) {
  const program = startProgram({ program: "counted-streams", args: [String(port)] });
  onTestFinished(async () => void (await program.kill()));
  const { pid } = await program.line("ready");
  const ofStreams = () => program.lines.filter(({ event }) => /opened|closed/.test(event));
  return {
    pid,
    kill: () => program.kill(),
    opened: () => ofStreams().filter(({ event }) => event === "opened").length,
    open: () => ofStreams().at(-1)?.open,
  };
}

it(
  "a parent that waits holds no stream, and goes on in another process",
  async () => {
    const server = await openServer({ REJOIN_DEFAULT_INACTIVITY_TIMEOUT: "100ms" });
    const { ingressUrl, adminUrl } = server;
    const port = await findFreePort();
    const first = await startCounted(port);
    await rejoin(server, "deployments", "register", `http://localhost:${port}`, "--yes");

    const body = { parts: 1, napMs: 2000, label: "a" };
    const { invocationId } = await send(`${ingressUrl}/pids/whole/send`, { body });
    const statuses = async () =>
      (await listInvocations(adminUrl, "pids")).map(({ status }) => status);
    await expect.poll(statuses, PATIENCE).toEqual(["suspended", "suspended"]);
    await expect.poll(first.open, PATIENCE).toBe(0);
    const opened = first.opened();
    expect(opened).toBeGreaterThanOrEqual(2);

    await first.kill();
    expect([first.open(), first.opened()]).toEqual([0, opened]);
    expect(await statuses()).toEqual(["suspended", "suspended"]);
    const second = await startCounted(port);
    const result = (await attach(ingressUrl, invocationId)).json() as WholeResult;
    const ran = { begunBy: first.pid, endedBy: second.pid };
    expect(result).toEqual({ label: "a", ...ran, parts: [{ label: "a.0", ...ran }] });
    await expect.poll(second.open, PATIENCE).toBe(0);
    expect(second.opened()).toBeGreaterThanOrEqual(2);
  },
  TIMEOUT_MS,
);

describe("two attempts at a time are enough for a tree of 3×3×3 subtasks", () => {
  it.each<{ sdk: Sdk; version: number; withinMs: number }>([
    { sdk: "@rejoin/sdk", version: 7, withinMs: 5_000 },
    { sdk: "@restatedev/restate-sdk", version: 7, withinMs: 15_000 },
    { sdk: "@restatedev/restate-sdk", version: 6, withinMs: 15_000 },
  ])(
    "$sdk, protocol $version",
    async ({ sdk, version, withinMs }) => {
      const server = await openServer({
        REJOIN_LIMITS__ATTEMPTS_MAX: "2",
        REJOIN_MAX_PROTOCOL_VERSION: String(version),
      });
      const directory = join(await temporaryPath(), "tree");
      const sources = ["e2e/src/programs/tree.ts"];
      const { uri, process: service } = await startCopy({ directory, sources, sdk });
      await rejoin(server, "deployments", "register", uri, "--yes");

      const startedAt = Date.now();
      const body = { levels: 3, width: 3 };
      expect(await call<number>(`${server.ingressUrl}/tree/count`, body)).toBe(27);
      const elapsedMs = Date.now() - startedAt;
      console.log(`${sdk}, protocol ${version}: ${elapsedMs} ms`);
      expect(elapsedMs).toBeLessThan(withinMs);
      expect(await listInvocations(server.adminUrl, "tree")).toHaveLength(1 + 3 + 9 + 27);
      const running = [...service.output.matchAll(/^running: (\d+)$/gm)].map((line) => line[1]);
      expect(Math.max(...running.map(Number))).toBe(2);
      expect(running).toHaveLength(1 + 3 + 9 + 27);
    },
    TIMEOUT_MS,
  );
});
