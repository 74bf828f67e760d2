/** What the ingress answers when the rest of the server cannot take a request. */
import { DEFAULT_SETTINGS, type EngineRecord } from "@rejoin/engine";
import {
  DEFAULT_INPUT,
  DEFAULT_OUTPUT,
  formatAwakeableId,
  formatInvocationId,
} from "@rejoin/protocol";
import { describe, expect, it } from "vitest";
import { DEFAULT_LIMITS } from "../limits.ts";
import { createRealPorts } from "../ports/real-ports.ts";
import { keyOf } from "../testing/records.ts";
import { Ingress, type IngressPorts, type IngressRequest } from "./ingress.ts";
import { Waiters } from "./waiters.ts";

const handler = {
  ...DEFAULT_SETTINGS,
  name: "greet",
  input: DEFAULT_INPUT,
  output: DEFAULT_OUTPUT,
};
const greeter = { kind: "service", handlers: new Map([["greet", handler]]) };

/** An ingress in front of a partition that does as it is told; what it was given is kept. */
function createIngress(partition: Partial<IngressPorts> = {}) {
  const records: EngineRecord[] = [];
  const log: string[] = [];
  const waiters = new Waiters();
  const ingress = new Ingress({
    ports: createRealPorts((level, message) => log.push(`${level} ${message}`)),
    limits: DEFAULT_LIMITS,
    waiters,
    services: () => ["greeter"],
    service: (name) => (name === "greeter" ? greeter : undefined),
    partitionOf: () => 0,
    hasRoom: () => true,
    submit: (_partition, record) => {
      records.push(record);
      return true;
    },
    outcome: () => Promise.reject(new Error("the disk is on fire")),
    ...partition,
  });
  return { ingress, waiters, records, log };
}

function post(path: string, request: Partial<IngressRequest> = {}): IngressRequest {
  return {
    method: "POST",
    path,
    query: new URLSearchParams(),
    pathAndQuery: path,
    headers: [],
    header: () => undefined,
    body: () => Promise.resolve(new Uint8Array(0)),
    onGone: () => undefined,
    ...request,
  };
}

describe("a request is answered", () => {
  it("503 while the partition is being opened", async () => {
    const { ingress, waiters } = createIngress({ submit: () => false });
    const answer = await ingress.handle(post("/greeter/greet"));
    expect(answer.status).toBe(503);
    expect(answer.body).toContain("the partition is being opened; try again");
    expect(waiters.count).toBe(0);
  });

  it("429 beyond the limit of requests, until one has gone", async () => {
    const limits = { ...DEFAULT_LIMITS, ingressRequestsMax: 1 };
    const { ingress, waiters } = createIngress({ limits });
    let leave: () => void = () => undefined;
    const onGone = (callback: () => void) => {
      leave = callback;
    };
    void ingress.handle(post("/greeter/greet", { onGone }));
    await expect.poll(() => waiters.count).toBe(1);
    expect((await ingress.handle(post("/greeter/greet"))).status).toBe(429);
    leave();
    void ingress.handle(post("/greeter/greet"));
    await expect.poll(() => waiters.count).toBe(1);
  });

  it("429 when the partition has more to do than it can hold", async () => {
    const { ingress, records } = createIngress({ hasRoom: () => false });
    const answer = await ingress.handle(post("/greeter/greet"));
    expect(answer.status).toBe(429);
    expect(records).toEqual([]);
  });

  it("503 when the fate of the request is not known", async () => {
    const { ingress, waiters } = createIngress();
    const answering = ingress.handle(post("/greeter/greet/send"));
    await expect.poll(() => waiters.count).toBe(1);
    waiters.lost(0, false);
    expect((await answering).status).toBe(503);
  });

  it("500 without detail when something breaks, which is logged", async () => {
    const body = () => Promise.reject(new Error("secret detail"));
    const { ingress, log } = createIngress();
    const answer = await ingress.handle(post("/greeter/greet", { body }));
    expect(answer.status).toBe(500);
    expect(JSON.parse(String(answer.body))).toEqual({
      code: 500,
      message: "internal error",
      source: "ingress",
    });
    expect(log).toEqual([expect.stringContaining("secret detail")]);
  });
});

it("a request becomes one record, which says what was asked", async () => {
  const { ingress, records } = createIngress();
  const headers = [
    { key: "host", value: "x" },
    { key: "a", value: "1" },
    { key: "a", value: "2" },
  ];
  const input = new Uint8Array([1]);
  const header = (name: string) => ({ "content-type": "text/plain", "idempotency-key": "k" })[name];
  void ingress.handle(post("/greeter/greet", { headers, header, body: async () => input }));
  await expect.poll(() => records).toHaveLength(1);
  expect(records[0]).toMatchObject({
    kind: "invoke",
    fresh: false,
    target: { service: "greeter", handler: "greet", key: "", handlerKind: "service" },
    idempotencyKey: "k",
    headers: [
      { key: "x-restate-ingress-path", value: "/greeter/greet" },
      { key: "a", value: "1" },
      { key: "a", value: "2" },
    ],
    input,
    scheduledFor: 0,
    accepted: undefined,
  });
});

describe("an awakeable", () => {
  const key = keyOf(5);
  const id = formatAwakeableId(key, 17);

  it.each([
    ["resolve", { kind: "value", value: new TextEncoder().encode("text") }],
    ["reject", { kind: "failure", failure: { code: 500, message: "text" } }],
  ] as const)("is a signal for the invocation that made it: %s", async (verb, result) => {
    const { ingress, waiters, records } = createIngress();
    const body = () => Promise.resolve(new TextEncoder().encode("text"));
    const answering = ingress.handle(post(`/restate/awakeables/${id}/${verb}`, { body }));
    await expect.poll(() => records.length).toBe(1);
    const [record] = records;
    expect(record).toMatchObject({
      kind: "signal",
      key,
      signal: { kind: "signal", signalIndex: 17, result },
    });
    if (record?.kind !== "signal") throw new Error("there is no signal");
    waiters.act([{ kind: "operated", waiter: record.waiter, result: { kind: "done" } }]);
    expect(await answering).toEqual({ status: 202, headers: {}, body: "" });
  });

  it("in the older form of its id is the same", async () => {
    const { ingress, records } = createIngress();
    void ingress.handle(post(`/restate/a/${id.replace("sign_", "prom_")}/resolve`));
    await expect.poll(() => records.length).toBe(1);
    expect(records).toMatchObject([{ kind: "signal", signal: { signalIndex: 17 } }]);
  });

  it("whose id is none, or that is asked for otherwise, is the caller's mistake", async () => {
    const { ingress, records } = createIngress();
    const statusOf = async (request: IngressRequest) => (await ingress.handle(request)).status;
    expect(await statusOf(post("/restate/awakeables/sign_1nonsense/resolve"))).toBe(400);
    expect(await statusOf(post(`/restate/awakeables/${id}/resolve`, { method: "GET" }))).toBe(405);
    expect(records).toEqual([]);
  });
});

describe("an id that is looked up", () => {
  const json = (value: unknown) => () =>
    Promise.resolve(new TextEncoder().encode(JSON.stringify(value)));

  it("is computed, whether there is such an invocation or not", async () => {
    const { ingress, records } = createIngress();
    const invocationId = formatInvocationId(keyOf(5));
    const body = json({ target: "invocation", invocationId });
    const answer = await ingress.handle(post("/restate/lookup", { body }));
    expect([answer.status, answer.body]).toEqual([200, JSON.stringify({ invocationId })]);
    expect(records).toEqual([]);
  });

  it("is the one that a request with the same idempotency key has", async () => {
    const { ingress, records } = createIngress();
    const header = (name: string) => (name === "idempotency-key" ? "k" : undefined);
    void ingress.handle(post("/greeter/greet/send", { header }));
    await expect.poll(() => records.length).toBe(1);
    const [record] = records;
    if (record?.kind !== "invoke") throw new Error("there is no invocation");
    const fields = { service: "greeter", handler: "greet", idempotencyKey: "k" };
    const body = json({ target: "idempotentInvocation", ...fields });
    const answer = await ingress.handle(post("/restate/lookup", { body }));
    const invocationId = formatInvocationId(record.key);
    expect(answer.body).toBe(JSON.stringify({ invocationId }));
  });

  it("is asked for its result, or what has come of it, by the same body", async () => {
    const invocationId = formatInvocationId(keyOf(5));
    const body = json({ target: "invocation", invocationId });
    for (const mode of ["attach", "output"] as const) {
      const { ingress, records } = createIngress();
      void ingress.handle(post(`/restate/${mode}`, { body }));
      await expect.poll(() => records.length).toBe(1);
      expect(records).toMatchObject([{ kind: "attach", key: keyOf(5), mode }]);
    }
  });

  it("that is none, or is not asked for by POST, is the caller's mistake", async () => {
    const { ingress } = createIngress();
    const body = json({ target: "invocation", invocationId: "inv_nonsense" });
    expect((await ingress.handle(post("/restate/lookup", { body }))).status).toBe(400);
    expect((await ingress.handle(post("/restate/lookup", { body, method: "GET" }))).status).toBe(
      405,
    );
  });
});
