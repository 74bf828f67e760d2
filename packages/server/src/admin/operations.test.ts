/** What operators do to invocations: every status that the API answers, on real sockets. */
import { type Context, service } from "@rejoin/sdk";
import { describe, expect, it } from "vitest";
import { PATIENCE, startServer, type TestServer } from "./testing/running-server.ts";

const UNKNOWN = "inv_12kpUQONmeFb2WqsVOkAjH4phS34cOyIC8";

/** Handlers that wait for the test where they hold something up. */
function createWorker() {
  let isHealed = false;
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let isBusy = false;
  const worker = service({
    name: "worker",
    handlers: {
      nap: async (ctx: Context): Promise<string> => {
        await ctx.sleep(3_600_000);
        return "rested";
      },
      echo: async (_ctx: Context, text: string): Promise<string> => text,
      busy: async (_ctx: Context): Promise<string> => {
        isBusy = true;
        await released;
        return "done";
      },
      parent: async (ctx: Context): Promise<string> => await ctx.serviceClient(worker).nap(),
      stumble: async (ctx: Context): Promise<string> => {
        await ctx.run("first", () => 1);
        if (!isHealed) throw new Error("not yet");
        return "healed";
      },
    },
  });
  return {
    worker,
    release: () => release(),
    isBusy: () => isBusy,
    heal: () => {
      isHealed = true;
    },
  };
}

async function start() {
  const { worker, ...controls } = createWorker();
  const server = await startServer({
    services: [worker],
    defaults: {
      inactivityTimeoutMs: 20,
      retryPolicy: {
        initialIntervalMs: 20,
        exponentiationFactor: 1,
        maxIntervalMs: 20,
        maxAttempts: 3,
        onMaxAttempts: "pause",
      },
    },
  });
  return { ...server, ...controls };
}

async function send(server: TestServer, path: string, body?: unknown): Promise<string> {
  return (await server.invoke(`/worker/${path}`, body)).json.invocationId;
}

async function read(server: TestServer, id: string) {
  return (await server.call(`GET /invocations/${id}`)).json;
}

async function until(server: TestServer, id: string, status: string): Promise<void> {
  await expect.poll(async () => (await read(server, id)).status, PATIENCE).toBe(status);
}

async function operate(server: TestServer, id: string, operation: string) {
  const { status, json, text } = await server.call(`PATCH /invocations/${id}/${operation}`);
  return { status, json, text };
}

/** One that has completed. */
async function completed(server: TestServer): Promise<string> {
  const id = await send(server, "echo/send", "hello");
  await until(server, id, "completed");
  return id;
}

const OPERATIONS = [
  "kill",
  "cancel",
  "purge",
  "purge-journal",
  "pause",
  "resume",
  "restart-as-new",
];

it.each(OPERATIONS)("%s knows what is not there", async (operation) => {
  const server = await start();
  const unknown = await operate(server, UNKNOWN, operation);
  expect([unknown.status, unknown.json]).toEqual([
    404,
    { message: `there is no invocation ${UNKNOWN}`, restate_code: null },
  ]);
  expect((await operate(server, "inv_1", operation)).status).toBe(400);
});

describe("kill", () => {
  it("ends an invocation, and those that it has called", async () => {
    const server = await start();
    const id = await send(server, "parent/send");
    await until(server, id, "suspended");
    const killed = await operate(server, id, "kill");
    expect([killed.status, killed.text]).toEqual([200, ""]);
    expect(await read(server, id)).toMatchObject({
      status: "completed",
      completion_failure: "[409] killed",
    });
    const child = async () => {
      const { invocations } = (await server.call("GET /invocations")).json;
      return invocations.find(({ target }: { target: string }) => target === "worker/nap");
    };
    await expect
      .poll(async () => (await child()).completion_failure, PATIENCE)
      .toBe("[409] killed");
    const again = await operate(server, id, "kill");
    expect([again.status, again.json.message]).toEqual([409, `invocation ${id}: it has completed`]);
  });
});

describe("cancel", () => {
  it("asks the code of an invocation to end", async () => {
    const server = await start();
    const id = await send(server, "nap/send");
    await until(server, id, "suspended");
    expect(await operate(server, id, "cancel")).toMatchObject({ status: 202, text: "" });
    await until(server, id, "completed");
    expect((await read(server, id)).completion_failure).toMatch(/^\[409\] cancelled$/i);
    expect((await operate(server, id, "cancel")).status).toBe(409);
  });

  it("removes one that has not begun", async () => {
    const server = await start();
    const id = await send(server, "echo/send?delay=1h", "x");
    expect((await operate(server, id, "cancel")).status).toBe(200);
    await expect
      .poll(async () => (await server.call(`GET /invocations/${id}`)).status, PATIENCE)
      .toBe(404);
  });
});

describe("purge", () => {
  it("deletes what is kept of a completed invocation", async () => {
    const server = await start();
    const id = await completed(server);
    expect(await operate(server, id, "purge-journal")).toMatchObject({ status: 200, text: "" });
    expect(await read(server, id)).toMatchObject({ status: "completed", journal: [] });
    expect((await operate(server, id, "purge-journal")).status).toBe(200);
    expect(await operate(server, id, "purge")).toMatchObject({ status: 200, text: "" });
    expect((await server.call(`GET /invocations/${id}`)).status).toBe(404);
    expect((await operate(server, id, "purge")).status).toBe(404);
  });

  it("is refused before completion", async () => {
    const server = await start();
    const id = await send(server, "nap/send");
    await until(server, id, "suspended");
    for (const operation of ["purge", "purge-journal"]) {
      const refused = await operate(server, id, operation);
      expect([refused.status, refused.json.message]).toEqual([
        409,
        `invocation ${id}: it is suspended: cancel or kill it first`,
      ]);
    }
  });
});

describe("pause and resume", () => {
  it("hold an invocation, and let it go on", async () => {
    const server = await start();
    const id = await send(server, "stumble/send");
    await until(server, id, "paused");
    expect((await operate(server, id, "pause")).status).toBe(200);
    server.heal();
    expect(await operate(server, id, "resume")).toMatchObject({ status: 200, text: "" });
    await until(server, id, "completed");
    expect((await read(server, id)).completion_result).toBe("success");
    expect((await operate(server, id, "pause")).status).toBe(409);
    expect((await operate(server, id, "resume")).status).toBe(409);
  });

  it("wait for code that is running", async () => {
    const server = await start();
    const id = await send(server, "busy/send");
    await expect.poll(server.isBusy, PATIENCE).toBe(true);
    expect((await operate(server, id, "pause")).status).toBe(202);
    const moved = await operate(server, id, "resume?deployment=latest");
    expect([moved.status, moved.json.message]).toEqual([409, expect.stringContaining("running")]);
    server.release();
  });

  it("hold what is suspended at once", async () => {
    const server = await start();
    const id = await send(server, "nap/send");
    await until(server, id, "suspended");
    expect((await operate(server, id, "pause")).status).toBe(200);
    expect((await read(server, id)).status).toBe("paused");
    expect((await operate(server, id, "resume?deployment=Keep")).status).toBe(200);
    await until(server, id, "suspended");
  });

  it("are refused before the start", async () => {
    const server = await start();
    const id = await send(server, "echo/send?delay=1h", "x");
    expect((await operate(server, id, "pause")).status).toBe(409);
    expect((await operate(server, id, "resume")).status).toBe(425);
    expect((await operate(server, id, "restart-as-new")).status).toBe(425);
  });

  it("are refused for a deployment that is not there", async () => {
    const server = await start();
    const id = await send(server, "stumble/send");
    await until(server, id, "paused");
    const malformed = await operate(server, id, "resume?deployment=foo");
    expect([malformed.status, malformed.json.message]).toEqual([
      400,
      'deployment "foo" is neither keep, latest nor an id: bad format',
    ]);
    const unknown = await operate(server, id, "resume?deployment=dp_11nGQpCRmau6ypL82KH2TnP");
    expect([unknown.status, unknown.json.message]).toEqual([
      400,
      expect.stringContaining("there is no deployment dp_11nGQpCRmau6ypL82KH2TnP"),
    ]);
    expect((await operate(server, id, "resume?deployment=embedded:main")).status).toBe(200);
  });
});

describe("restart-as-new", () => {
  it("repeats a completed invocation", async () => {
    const server = await start();
    const id = await completed(server);
    const restarted = await operate(server, id, "restart-as-new?from=0&deployment=keep");
    expect(restarted.status).toBe(200);
    const { new_invocation_id } = restarted.json;
    expect(new_invocation_id).not.toBe(id);
    await until(server, new_invocation_id, "completed");
    expect(await read(server, new_invocation_id)).toMatchObject({
      invoked_by: "restart_as_new",
      restarted_from: id,
    });
    const attached = await fetch(
      `${server.ingressUrl}/restate/invocation/${new_invocation_id}/attach`,
    );
    expect(await attached.json()).toBe("hello");
  });

  it("goes on from a place in the journal", async () => {
    const server = await start();
    const id = await send(server, "stumble/send");
    await until(server, id, "paused");
    server.heal();
    await operate(server, id, "resume");
    await until(server, id, "completed");
    const { journal } = await read(server, id);
    const result = journal.findIndex(
      ({ entry_type }: { entry_type: string }) => entry_type === "Notification: Run",
    );
    expect(result).toBeGreaterThan(0);
    const restarted = await operate(server, id, `restart-as-new?from=${result}`);
    expect(restarted.status).toBe(200);
    const { new_invocation_id } = restarted.json;
    await until(server, new_invocation_id, "completed");
    const types = async (of: string) =>
      (await read(server, of)).journal.map((one: { entry_type: string }) => one.entry_type);
    expect(await types(new_invocation_id)).toEqual(await types(id));
  });

  it("is refused where it is not possible", async () => {
    const server = await start();
    const id = await completed(server);
    expect((await operate(server, id, "restart-as-new?from=x")).status).toBe(400);
    const beyond = await operate(server, id, "restart-as-new?from=99");
    expect([beyond.status, beyond.json.message]).toEqual([
      400,
      expect.stringContaining("its journal has"),
    ]);
    await operate(server, id, "purge-journal");
    expect((await operate(server, id, "restart-as-new")).status).toBe(410);
    const napping = await send(server, "nap/send");
    await until(server, napping, "suspended");
    expect((await operate(server, napping, "restart-as-new")).status).toBe(409);
  });
});

describe("DELETE /invocations/{id}", () => {
  it("cancels, kills or purges, and accepts whatever comes of it", async () => {
    const server = await start();
    const [first, second] = [await send(server, "nap/send"), await send(server, "nap/send")];
    await until(server, first, "suspended");
    await until(server, second, "suspended");
    expect((await server.call(`DELETE /invocations/${first}`)).status).toBe(202);
    expect((await server.call(`DELETE /invocations/${second}?mode=Kill`)).status).toBe(202);
    await until(server, first, "completed");
    expect((await read(server, second)).completion_failure).toBe("[409] killed");
    expect((await server.call(`DELETE /invocations/${second}?mode=purge`)).status).toBe(202);
    expect((await server.call(`GET /invocations/${second}`)).status).toBe(404);
    for (const mode of ["cancel", "kill", "purge"]) {
      const unknown = await server.call(`DELETE /invocations/${UNKNOWN}?mode=${mode}`);
      expect([unknown.status, unknown.text]).toEqual([202, ""]);
    }
    expect((await server.call(`DELETE /invocations/${first}?mode=odd`)).status).toBe(400);
  });
});

describe("operations on many invocations", () => {
  const batch = (server: TestServer, operation: string, body: unknown) =>
    server.call(`POST /internal/invocations_batch_operations/${operation}`, body);

  it("say what has come of each", async () => {
    const server = await start();
    const ids = [await send(server, "nap/send"), await send(server, "nap/send")];
    for (const id of ids) await until(server, id, "suspended");
    const killed = await batch(server, "kill", { invocation_ids: [...ids, UNKNOWN] });
    expect([killed.status, killed.json]).toEqual([
      200,
      {
        succeeded: ids,
        failed: [{ invocation_id: UNKNOWN, error: `there is no invocation ${UNKNOWN}` }],
      },
    ]);
    for (const operation of ["cancel", "pause", "resume"]) {
      const refused = await batch(server, operation, { invocation_ids: ids });
      expect(refused.json).toEqual({
        succeeded: [],
        failed: ids.map((id) => ({
          invocation_id: id,
          error: `invocation ${id}: it has completed`,
        })),
      });
    }
    for (const operation of ["purge-journal", "purge"]) {
      const { json } = await batch(server, operation, { invocation_ids: ids });
      expect(json).toEqual({ succeeded: ids, failed: [] });
    }
    expect((await server.call("GET /invocations")).json.invocations).toEqual([]);
  });

  it("restart many", async () => {
    const server = await start();
    const ids = [await completed(server), await completed(server)];
    const body = { invocation_ids: ids, deployment: "Latest" };
    const { json } = await batch(server, "restart-as-new", body);
    expect(json.failed).toEqual([]);
    const olds = json.succeeded.map(
      (pair: { old_invocation_id: string }) => pair.old_invocation_id,
    );
    expect(olds).toEqual(ids);
    for (const { new_invocation_id } of json.succeeded) {
      await until(server, new_invocation_id, "completed");
    }
  });

  it("take 1,000 at most, and ids alone", async () => {
    const server = await start();
    const many = Array.from({ length: 1001 }, () => UNKNOWN);
    const refused = await batch(server, "kill", { invocation_ids: many });
    expect([refused.status, refused.json.message]).toEqual([400, expect.stringContaining("1001")]);
    const most = await batch(server, "kill", { invocation_ids: many.slice(1) });
    expect(most.json.failed).toHaveLength(1000);
    const odd = await batch(server, "kill", { invocation_ids: [UNKNOWN, "inv_1"] });
    expect([odd.status, odd.json]).toEqual([422, undefined]);
    expect((await batch(server, "odd", { invocation_ids: [] })).status).toBe(404);
    const choice = { invocation_ids: [], deployment: "foo" };
    expect((await batch(server, "resume", choice)).status).toBe(400);
  });
});
