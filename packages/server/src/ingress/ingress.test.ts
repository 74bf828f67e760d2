/** What the ingress answers when the rest of the server cannot take a request. */
import { DEFAULT_SETTINGS, type EngineRecord } from "@rejoin/engine";
import { DEFAULT_INPUT, DEFAULT_OUTPUT } from "@rejoin/protocol";
import { describe, expect, it } from "vitest";
import { DEFAULT_LIMITS } from "../limits.ts";
import { createRealPorts } from "../ports/real-ports.ts";
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
