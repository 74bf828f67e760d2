/** `/metrics` of a server that runs. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Context, service, TerminalError } from "@rejoin/sdk";
import { describe, expect, it, onTestFinished } from "vitest";
import { startObserved } from "./testing/observed-server.ts";

const PATIENCE = { timeout: 15_000 };

const leaf = service({
  name: "leaf",
  handlers: { run: async (_ctx: Context, n: number): Promise<number> => n + 1 },
});

let stumbles = 1;
const worker = service({
  name: "worker",
  handlers: {
    add: async (ctx: Context, n: number): Promise<number> => await ctx.serviceClient(leaf).run(n),
    fail: async (): Promise<never> => {
      throw new TerminalError("no luck", { errorCode: 418 });
    },
    stumble: async (): Promise<string> => {
      if (stumbles-- > 0) throw new Error("oops");
      return "up";
    },
    nap: async (ctx: Context): Promise<void> => await ctx.sleep(3_600_000),
    stray: async (ctx: Context): Promise<void> => {
      await ctx.genericCall({ service: "nobody", method: "home", parameter: new Uint8Array(0) });
    },
  },
});

const FAST = { retryPolicy: RETRY() } as const;

function RETRY() {
  return {
    initialIntervalMs: 1,
    exponentiationFactor: 1,
    maxIntervalMs: 1,
    maxAttempts: undefined,
    onMaxAttempts: "pause",
  } as const;
}

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "rejoin-metrics-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

describe("metrics", () => {
  it("are text that Prometheus takes, also before anything has happened", async () => {
    const server = await startObserved({ services: [worker, leaf] });
    const response = await fetch(`${server.adminUrl}/metrics`);
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    const { metrics, value } = await server.scrape();
    expect(metrics.get("rejoin_partition_commit_duration_seconds")?.type).toBe("histogram");
    expect(value("rejoin_partition_open")).toBe(1);
    expect(value("rejoin_build_info")).toBe(1);
    expect(value("process_resident_memory_bytes")).toBeGreaterThan(10_000_000);
  });

  it("count requests, invocations and attempts by service and result", async () => {
    stumbles = 1;
    const server = await startObserved({ services: [worker, leaf], defaults: FAST });
    for (const n of [1, 2, 3]) {
      expect(await (await server.invoke("/worker/add", n)).json()).toBe(n + 1);
    }
    expect((await server.invoke("/worker/fail")).status).toBe(418);
    expect((await server.invoke("/worker/stumble")).status).toBe(200);
    expect((await server.invoke("/worker/nobody")).status).toBe(404);
    expect((await server.invoke("/made-up/by-somebody")).status).toBe(404);

    const { value, metrics } = await server.scrape();
    const requests = (labels: Readonly<Record<string, string>>) =>
      value("rejoin_ingress_requests_total", labels);
    expect(requests({ service: "worker", type: "call", result: "completed" })).toBe(4);
    expect(requests({ service: "worker", type: "call", result: "invocation_error" })).toBe(1);
    expect(requests({ result: "request_error" })).toBe(2);
    expect(value("rejoin_ingress_request_duration_seconds_count", { service: "worker" })).toBe(5);
    expect(value("rejoin_invocations_started_total", { service: "worker" })).toBe(5);
    expect(value("rejoin_invocations_started_total", { service: "leaf" })).toBe(3);
    const completed = (service: string, result: string) =>
      value("rejoin_invocations_completed_total", { service, result });
    expect([completed("worker", "success"), completed("worker", "failure")]).toEqual([4, 1]);
    expect([completed("leaf", "success"), completed("leaf", "failure")]).toEqual([3, 0]);
    expect(value("rejoin_invoker_attempts_total", { service: "leaf", result: "completed" })).toBe(
      3,
    );
    expect(value("rejoin_invoker_attempts_total", { result: "failed" })).toBe(1);
    expect(value("rejoin_invoker_attempt_failures_total", { code: "RT0007" })).toBe(1);
    expect(value("rejoin_invocation_duration_seconds_count")).toBe(8);
    expect(value("rejoin_partition_commit_duration_seconds_count")).toBeGreaterThan(0);
    const records = value("rejoin_partition_records_total");
    expect(value("rejoin_partition_batch_records_sum")).toBe(records);
    expect(value("rejoin_partition_queue_wait_seconds_count")).toBe(records);

    expect(value("restate_ingress_requests_total", { status: "admitted" })).toBe(5);
    expect(value("restate_invoker_invocation_tasks_total", { status: "failed" })).toBe(1);
    // What nobody has registered is no label: whoever calls could make as many as he likes.
    const services = [...metrics.values()].flatMap(({ samples }) =>
      samples.map(({ labels }) => labels.service ?? labels.rpc_service ?? ""),
    );
    expect(new Set(services)).toEqual(new Set(["", "worker", "leaf"]));
  });

  it("count as failed what the server refuses", async () => {
    const server = await startObserved({ services: [worker, leaf] });
    await server.invoke("/worker/stray/send");
    const failures = async () =>
      (await server.scrape()).value("rejoin_invoker_attempt_failures_total", { code: "RT0018" });
    await expect.poll(failures, PATIENCE).toBe(1);
    const { value } = await server.scrape();
    expect(value("rejoin_invoker_attempts_total", { result: "aborted" })).toBe(0);
  });

  it("know how many invocations are in each status, after a restart too", async () => {
    const dataDir = await temporaryDirectory();
    const options = { services: [worker, leaf], dataDir, limits: { restartListsPage: 2 } };
    const first = await startObserved(options);
    const inStatus = async (server: typeof first) => {
      const { value } = await server.scrape();
      const of = (status: string) => value("rejoin_invocations", { service: "worker", status });
      return { invoked: of("invoked"), suspended: of("suspended"), scheduled: of("scheduled") };
    };
    for (let i = 0; i < 7; i++) await first.invoke(`/worker/add/send?delay=1h`, i);
    for (let i = 0; i < 3; i++) await first.invoke("/worker/nap/send");
    const alive = async (server: typeof first) => {
      const { invoked, suspended, scheduled } = await inStatus(server);
      return [scheduled, invoked + suspended];
    };
    expect(await alive(first)).toEqual([7, 3]);
    expect((await first.scrape()).value("rejoin_store_size_bytes")).toBeGreaterThan(0);
    await first.close();

    const second = await startObserved(options);
    await expect
      .poll(async () => (await second.scrape()).value("rejoin_partition_counted"), PATIENCE)
      .toBe(1);
    expect(await alive(second)).toEqual([7, 3]);
    await second.invoke("/worker/nap/send");
    expect(await alive(second)).toEqual([7, 4]);
  });

  it("can be left out", async () => {
    const server = await startObserved({ metrics: false });
    expect((await fetch(`${server.adminUrl}/metrics`)).status).toBe(404);
  });
});
