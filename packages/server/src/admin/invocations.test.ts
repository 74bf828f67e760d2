/** `/invocations`, as embedded services leave them in the store. */
import { type Context, RestatePromise, service, TerminalError } from "@rejoin/sdk";
import { describe, expect, it } from "vitest";
import { SERVER_DEFAULTS } from "../registry/snapshot.ts";
import { PATIENCE, startServer } from "./testing/running-server.ts";

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}000000Z$/;
const anInstant = expect.stringMatching(INSTANT);

const leaf = service({
  name: "leaf",
  handlers: { run: async (_ctx: Context, text: string): Promise<string> => text },
});

const worker = service({
  name: "worker",
  handlers: {
    fan: async (
      ctx: Context,
      { count, text }: { count: number; text: string },
    ): Promise<number> => {
      await ctx.run("think", () => 42);
      const parts = Array.from({ length: count }, () => ctx.serviceClient(leaf).run(text));
      return (await RestatePromise.all(parts)).length;
    },
    nap: async (ctx: Context): Promise<void> => await ctx.sleep(3_600_000, "long"),
    fail: async (): Promise<never> => {
      throw new TerminalError("no luck", { errorCode: 418 });
    },
    stumble: async (): Promise<never> => {
      throw new Error("oops");
    },
  },
});

interface Listed {
  readonly id: string;
  readonly target: string;
}

type Server = Awaited<ReturnType<typeof startServer>>;

async function list(server: Server, query = ""): Promise<readonly Listed[]> {
  return (await server.call(`GET /invocations${query}`)).json.invocations;
}

function targets(invocations: readonly Listed[]): string[] {
  return invocations.map(({ target }) => target).sort();
}

describe("GET /invocations", () => {
  it("lists the newest first, page by page", async () => {
    const server = await startServer({ services: [leaf] });
    const sent: string[] = [];
    for (let i = 0; i < 25; i++) {
      sent.push((await server.invoke("/leaf/run/send", "x")).json.invocationId);
    }
    await expect
      .poll(async () => (await list(server, "?status=completed")).length, PATIENCE)
      .toBe(25);
    expect((await list(server)).map(({ id }) => id)).toEqual(sent.reverse());
    const pages: string[][] = [];
    let query = "?limit=10";
    for (;;) {
      const { json } = await server.call(`GET /invocations${query}`);
      pages.push(json.invocations.map(({ id }: Listed) => id));
      if (json.next === undefined) break;
      query = `?limit=10&after=${json.next}`;
    }
    expect(pages.map(({ length }) => length)).toEqual([10, 10, 5]);
    expect(pages.flat()).toEqual(sent);
  });

  it("knows the status of each, and its service", async () => {
    const retryPolicy = { ...SERVER_DEFAULTS.retryPolicy, initialIntervalMs: 60_000 };
    const server = await startServer({ services: [leaf, worker], defaults: { retryPolicy } });
    await server.invoke("/worker/fail");
    await server.invoke("/worker/nap/send");
    await server.invoke("/worker/stumble/send");
    await server.invoke("/leaf/run/send?delay=1h", "x");
    await server.invoke("/leaf/run", "x", { "idempotency-key": "k1" });
    const by = async (query: string) => targets(await list(server, query));
    await expect.poll(() => by("?status=backing-off"), PATIENCE).toEqual(["worker/stumble"]);
    expect(await by("?status=running,suspended")).toEqual(["worker/nap"]);
    expect(await by("?status=scheduled")).toEqual(["leaf/run"]);
    expect(await by("?status=completed&service=worker")).toEqual(["worker/fail"]);
    expect(await by("?service=leaf")).toEqual(["leaf/run", "leaf/run"]);
    expect(await by("?deployment=embedded:main&status=running")).toEqual(["worker/nap"]);
    expect(await by("?deployment=embedded:other")).toEqual([]);

    const [failed] = await list(server, "?status=completed&service=worker");
    expect(failed).toEqual({
      id: expect.stringMatching(/^inv_1/),
      status: "completed",
      target: "worker/fail",
      target_service_name: "worker",
      target_service_ty: "service",
      target_handler_name: "fail",
      invoked_by: "ingress",
      root_id: failed?.id,
      pinned_deployment_id: "embedded:main",
      pinned_service_protocol_version: 7,
      journal_size: 2,
      journal_commands_size: 2,
      created_at: anInstant,
      modified_at: anInstant,
      completed_at: anInstant,
      retry_count: 0,
      completion_result: "failure",
      completion_failure: "[418] no luck",
    });
    expect((await list(server, "?status=scheduled"))[0]).toMatchObject({
      scheduled_start_at: anInstant,
    });
    expect((await list(server, "?status=completed&service=leaf"))[0]).toMatchObject({
      idempotency_key: "k1",
      completion_result: "success",
    });
    const [stumbling] = await list(server, "?status=backing-off");
    expect(stumbling).toMatchObject({
      next_retry_at: anInstant,
      last_failure: "[500 Internal] oops",
      last_failure_error_code: "RT0007",
    });
    const { json } = await server.call(`GET /invocations/${stumbling?.id}`);
    expect(json.last_failure_stacktrace).toContain("oops");
    expect(json.events).toEqual([
      {
        event_type: "TransientError",
        appended_at: anInstant,
        after_journal_entry_index: 0,
        attempt: 1,
        error_code: 500,
        error_message: "oops",
        error_stacktrace: expect.stringContaining("oops"),
        restate_doc_error_code: "RT0007",
      },
    ]);
  });
});

describe("GET /invocations/{id}", () => {
  it("shows the journal without payloads, page by page", async () => {
    const server = await startServer({ services: [leaf, worker] });
    const text = "some text";
    await server.invoke("/worker/fan", { count: 40, text });
    const [fan] = await list(server, "?service=worker");
    const { json } = await server.call(`GET /invocations/${fan?.id}`);
    expect(json).toMatchObject({
      status: "completed",
      input_length: JSON.stringify({ count: 40, text }).length,
      output_length: 2,
      children: { started: 40, succeeded: 40, failed: 0 },
      completion_retention: "1d",
      journal_retention: "1d",
      journal_size: json.journal.length,
    });
    expect(json).not.toHaveProperty("journal_next");
    expect(JSON.stringify(json)).not.toContain(text);
    expect(json.journal.map(({ index }: { index: number }) => index)).toEqual(
      json.journal.map((_entry: unknown, i: number) => i),
    );
    expect(json.journal.slice(0, 4)).toEqual([
      {
        index: 0,
        entry_type: "Command: Input",
        appended_at: anInstant,
        length: json.input_length,
        value_length: json.input_length,
      },
      {
        index: 1,
        entry_type: "Command: Run",
        name: "think",
        appended_at: anInstant,
        length: 9,
        completion_id: 1,
      },
      {
        index: 2,
        entry_type: "Notification: Run",
        appended_at: anInstant,
        length: 8,
        completion_id: 1,
        result: { kind: "success", length: 2 },
      },
      {
        index: 3,
        entry_type: "Command: Call",
        appended_at: anInstant,
        length: expect.any(Number),
        target: "leaf/run",
        completion_id: 3,
        invocation_id_completion_id: 2,
        value_length: text.length + 2,
      },
    ]);
    expect(json.journal.at(-1)).toMatchObject({
      entry_type: "Command: Output",
      result: { kind: "success", length: 2 },
    });

    const pages: unknown[] = [];
    let from: number | undefined = 0;
    while (from !== undefined) {
      const query: string = `journal_from=${from}&journal_limit=7`;
      const page: { json: { journal: unknown[]; journal_next?: number } } = await server.call(
        `GET /invocations/${fan?.id}?${query}`,
      );
      pages.push(...page.json.journal);
      from = page.json.journal_next;
    }
    expect(pages).toEqual(json.journal);
    const beyond = await server.call(`GET /invocations/${fan?.id}?journal_from=100000`);
    expect(beyond.json.journal).toEqual([]);
  });

  it("knows a child by its parent", async () => {
    const server = await startServer({ services: [leaf, worker] });
    await server.invoke("/worker/fan", { count: 1, text: "x" });
    const [[fan], [child]] = [
      await list(server, "?service=worker"),
      await list(server, "?service=leaf"),
    ];
    expect(child).toMatchObject({
      invoked_by: "service",
      invoked_by_id: fan?.id,
      root_id: fan?.id,
    });
  });

  it("shows entries that are too large to be read by their length alone", async () => {
    const server = await startServer({ services: [leaf, worker] });
    const text = "x".repeat(200_000);
    await server.invoke("/worker/fan", { count: 1, text });
    const [fan] = await list(server, "?service=worker");
    const { journal } = (await server.call(`GET /invocations/${fan?.id}`)).json;
    expect(journal[0]).toMatchObject({ entry_type: "Command: Input", length: expect.any(Number) });
    const call = journal.find(
      (entry: { entry_type: string }) => entry.entry_type === "Command: Call",
    );
    expect(call.length).toBeGreaterThan(200_000);
    expect(call).not.toHaveProperty("target");
  });

  it("shows what a suspended invocation waits for", async () => {
    const server = await startServer({
      services: [leaf, worker],
      defaults: { inactivityTimeoutMs: 50 },
    });
    const { invocationId } = (await server.invoke("/worker/nap/send")).json;
    await expect
      .poll(
        async () => (await server.call(`GET /invocations/${invocationId}`)).json.status,
        PATIENCE,
      )
      .toBe("suspended");
    const { json } = await server.call(`GET /invocations/${invocationId}`);
    expect(json.awaiting_on.combinator).toEqual(expect.any(String));
    const awaited = JSON.stringify(json.awaiting_on);
    expect(awaited).toContain('"completions":{"count":1,"first":[1]}');
    expect(json.journal.at(-1)).toMatchObject({
      entry_type: "Command: Sleep",
      name: "long",
      sleep_wakeup_at: anInstant,
    });
  });
});
