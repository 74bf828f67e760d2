/** `/services`: the shapes that the tools of the ecosystem read. */
import type { ServiceManifest } from "@rejoin/protocol";
import { describe, expect, it } from "vitest";
import { answerWith, manifestOf, serveHttp2 } from "../discovery/testing/endpoints.ts";
import { startServer } from "./testing/running-server.ts";

const services: readonly ServiceManifest[] = [
  {
    name: "Svc",
    ty: "SERVICE",
    documentation: "docs",
    metadata: { a: "b" },
    inactivityTimeout: 1500,
    handlers: [
      {
        name: "echo",
        retryPolicyMaxAttempts: 3,
        inactivityTimeout: 90_061_001,
        input: { required: true, contentType: "application/json", jsonSchema: { title: "Ti" } },
        output: { contentType: "application/proto", setContentTypeIfEmpty: true },
      },
      {
        name: "plain",
        documentation: "hd",
        metadata: { x: "y" },
        ingressPrivate: true,
        journalRetention: 0,
        idempotencyRetention: 86_400_000,
        abortTimeout: 60_000,
        enableLazyState: true,
        retryPolicyInitialInterval: 100,
        retryPolicyMaxInterval: 2000,
        retryPolicyExponentiationFactor: 1.5,
        retryPolicyOnMaxAttempts: "KILL",
      },
    ],
  },
  { name: "Obj", ty: "VIRTUAL_OBJECT", handlers: [{ name: "ex" }, { name: "sh", ty: "SHARED" }] },
  {
    name: "Wf",
    ty: "WORKFLOW",
    ingressPrivate: true,
    retryPolicyMaxAttempts: 0,
    handlers: [
      { name: "run", ty: "WORKFLOW", workflowCompletionRetention: 3_600_000 },
      { name: "sh" },
    ],
  },
];

const plain = { input_description: "*/*", output_description: "application/json" };
const noRetryPolicy = { retry_policy: { max_attempts: null } };

const echo = {
  name: "echo",
  inactivity_timeout: "1d 1h 1m 1s 1ms",
  public: true,
  input_description: "JSON 'Ti'",
  output_description: "optional application/proto",
  input_json_schema: { title: "Ti" },
  retry_policy: { max_attempts: 3 },
};

const defaults = {
  idempotency_retention: "1d",
  journal_retention: "1d",
  inactivity_timeout: "1m",
  abort_timeout: "10m",
  enable_lazy_state: false,
  retry_policy: {
    initial_interval: "500ms",
    exponentiation_factor: 2,
    max_attempts: 70,
    max_interval: "1m",
    on_max_attempts: "Pause",
  },
};

async function startWith(protocolMode: "BIDI_STREAM" | "REQUEST_RESPONSE") {
  const server = await startServer();
  const endpoint = await serveHttp2(() => answerWith(manifestOf(services, { protocolMode })));
  const registered = await server.call("POST /deployments", { uri: endpoint.url });
  expect(registered.status).toBe(201);
  return { ...server, id: registered.json.id as string };
}

describe("services", () => {
  it("are shown with what holds for them", async () => {
    const server = await startWith("BIDI_STREAM");
    const shown = (await server.call("GET /services")).json.services;
    const base = { deployment_id: server.id, revision: 1, public: true };
    expect(shown).toEqual([
      {
        ...defaults,
        ...base,
        name: "Svc",
        ty: "Service",
        documentation: "docs",
        metadata: { a: "b" },
        inactivity_timeout: "1s 500ms",
        handlers: [
          echo,
          {
            ...plain,
            name: "plain",
            documentation: "hd",
            metadata: { x: "y" },
            idempotency_retention: "1d",
            journal_retention: "0s",
            abort_timeout: "1m",
            enable_lazy_state: true,
            public: false,
            retry_policy: {
              initial_interval: "100ms",
              exponentiation_factor: 1.5,
              max_attempts: null,
              max_interval: "2s",
              on_max_attempts: "Kill",
            },
          },
        ],
      },
      {
        ...defaults,
        ...base,
        name: "Obj",
        ty: "VirtualObject",
        handlers: [
          { ...plain, ...noRetryPolicy, name: "ex", ty: "Exclusive", public: true },
          { ...plain, ...noRetryPolicy, name: "sh", ty: "Shared", public: true },
        ],
      },
      {
        ...defaults,
        ...base,
        name: "Wf",
        ty: "Workflow",
        public: false,
        workflow_completion_retention: "1h",
        retry_policy: { ...defaults.retry_policy, max_attempts: 1 },
        handlers: [
          { ...plain, ...noRetryPolicy, name: "run", ty: "Workflow", public: false },
          { ...plain, ...noRetryPolicy, name: "sh", ty: "Shared", public: false },
        ],
      },
    ]);
    for (const service of shown) {
      expect((await server.call(`GET /services/${service.name}`)).json).toEqual(service);
      const { handlers } = service;
      expect((await server.call(`GET /services/${service.name}/handlers`)).json).toEqual({
        handlers,
      });
    }
    expect((await server.call("GET /services/Svc/handlers/echo")).json).toEqual(echo);
  });

  it("may be unknown", async () => {
    const server = await startWith("BIDI_STREAM");
    for (const path of ["/services/x", "/services/x/handlers", "/services/Svc/handlers/x"]) {
      const { status, json } = await server.call(`GET ${path}`);
      expect([status, json.restate_code]).toEqual([404, null]);
    }
  });

  it("in request-response mode say that they have no inactivity timeout", async () => {
    const server = await startWith("REQUEST_RESPONSE");
    const [svc, obj] = (await server.call("GET /services")).json.services;
    const info = (timeout: string) => [
      { code: "RT0021", message: expect.stringContaining(`timeout of ${timeout} has no effect`) },
    ];
    expect(svc).toMatchObject({ inactivity_timeout: "0s", info: info("1s 500ms") });
    expect(svc.handlers[0].info).toEqual(info("1d 1h 1m 1s 1ms"));
    expect(obj.inactivity_timeout).toBe("0s");
    expect(obj).not.toHaveProperty("info");
    const shown = await server.call(`GET /deployments/${server.id}`);
    expect(shown.json.protocol_type).toBe("RequestResponse");
  });
});
