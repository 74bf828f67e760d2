import { manifestContentType, parseManifest, serializeManifest } from "@rejoin/protocol";
import { describe, expect, test } from "vitest";
import {
  type Context,
  createInProcessEndpoint,
  createObjectHandler,
  createObjectSharedHandler,
  createServiceHandler,
  createWorkflowHandler,
  createWorkflowSharedHandler,
  type EndpointOptions,
  handlers,
  type ObjectContext,
  type ObjectSharedContext,
  object,
  type Serde,
  serde,
  service,
  type WorkflowContext,
  type WorkflowSharedContext,
  workflow,
} from "../index.ts";
import { decodeJson, inputMessage, startMessage } from "../testing/messages.ts";
import { rest } from "../testing/script.ts";

const noop = async (_ctx: Context): Promise<void> => {};
const manifestOf = (options: EndpointOptions) => createInProcessEndpoint(options).manifest;

async function invoke(options: EndpointOptions, handler: string, input: unknown): Promise<unknown> {
  let result: unknown;
  const request = { service: "svc", handler, version: 7, headers: new Map() } as const;
  const attempt = createInProcessEndpoint(options).open(request, {
    send: (messages) => {
      for (const message of messages) {
        if (message.kind !== "output") continue;
        const { result: outcome } = message;
        result = outcome.kind === "value" ? decodeJson(outcome.value) : outcome.failure;
      }
    },
    end: () => {},
  });
  attempt.receive([startMessage(), inputMessage(input)]);
  await rest();
  return result;
}

describe("definitions", () => {
  test("hold what the reference's hold", () => {
    const definition = service({ name: "svc", handlers: { noop }, description: "d" });
    expect(definition).toMatchObject({ name: "svc", description: "d", service: { noop } });
  });

  test("mistakes", () => {
    const define = (definition: unknown) => service(definition as never);
    expect(() => define({ name: "svc" })).toThrow("service must be defined");
    expect(() => define({ name: "svc", handlers: { a: 1 } })).toThrow(
      new TypeError("Unexpected handler type a: it is no function, but number"),
    );
    expect(() => handlers.handler({}, undefined as never)).toThrow(
      new TypeError("The second argument must be a function"),
    );
    const bind = (...services: unknown[]) => manifestOf({ services: services as never });
    expect(() => bind({ name: "x" })).toThrow("cannot bind x");
    expect(() => bind(service({ name: "a/b", handlers: { noop } }))).toThrow('"/"');
    expect(() =>
      createInProcessEndpoint({ services: [service({ name: "a", handlers: { "b/c": noop } })] }),
    ).toThrow('"/"');
    expect(() =>
      createInProcessEndpoint({ services: [] }).open(
        { service: "a", handler: "b", version: 7, headers: new Map() },
        { send: () => {}, end: () => {} },
      ),
    ).toThrow("no handler a/b");
  });

  test("objects and workflows hold their kind, and what a bare handler is", () => {
    const shared = async (_ctx: ObjectSharedContext): Promise<void> => {};
    const counter = object({
      name: "counter",
      handlers: {
        bare: async (_ctx: ObjectContext): Promise<void> => {},
        exclusive: handlers.object.exclusive(async (_ctx: ObjectContext) => 1),
        shared: handlers.object.shared({ description: "reads" }, shared),
      },
    });
    const flow = workflow({
      name: "flow",
      handlers: {
        run: handlers.workflow.workflow({}, async (_ctx: WorkflowContext, n: number) => n),
        bare: async (_ctx: WorkflowSharedContext): Promise<void> => {},
        shared: createWorkflowSharedHandler(shared),
      },
    });
    expect(counter).toMatchObject({ _kind: "object", object: { shared: expect.any(Function) } });
    expect(flow).toMatchObject({ _kind: "workflow", workflow: { run: expect.any(Function) } });
    const manifest = manifestOf({ services: [counter, flow] });
    const types = manifest.services.map(({ ty, handlers: all }) => [
      ty,
      ...all.map((handler) => handler.ty),
    ]);
    expect(types).toEqual([
      ["VIRTUAL_OBJECT", "EXCLUSIVE", "EXCLUSIVE", "SHARED"],
      ["WORKFLOW", "WORKFLOW", "SHARED", "SHARED"],
    ]);
  });

  test("mistakes with objects and workflows", () => {
    const defineObject = (given: unknown) => object({ name: "o", ...(given as object) } as never);
    const defineWorkflow = (given: unknown) =>
      workflow({ name: "w", ...(given as object) } as never);
    const fn = async (): Promise<void> => {};
    expect(() => defineObject({})).toThrow("object options must be defined");
    expect(() => defineWorkflow({})).toThrow("workflow must contain handlers");
    expect(() => defineWorkflow({ handlers: { other: fn } })).toThrow(
      new TypeError("Missing main workflow handler, named 'run'"),
    );
    expect(() => defineWorkflow({ handlers: { run: createWorkflowSharedHandler(fn) } })).toThrow(
      "must be of kind workflow, but is shared",
    );
    const second = { run: fn, second: createWorkflowHandler(fn) };
    expect(() => defineWorkflow({ handlers: second })).toThrow("exactly one of these");
    expect(() => defineObject({ handlers: { a: handlers.handler({}, fn) } })).toThrow(
      "the handler a of the object o is wrapped as service, but must be exclusive or shared",
    );
    expect(() => defineObject({ handlers: { a: null } })).toThrow("Unexpected handler type a");
    expect(() => createObjectHandler({} as never, undefined as never)).toThrow(
      new TypeError("The second argument must be a function"),
    );
    expect(() =>
      service({ name: "s", handlers: { a: createObjectSharedHandler(fn) as never } }),
    ).toThrow("wrapped as shared, but must be service; use the functions of handlers");
  });

  test("handlers may call their siblings through this", async () => {
    const definition = service({
      name: "svc",
      handlers: {
        async outer(ctx: Context, n: number): Promise<number> {
          return (await this.inner(ctx, n)) + 1;
        },
        async inner(_ctx: Context, n: number): Promise<number> {
          return n * 10;
        },
      },
    });
    expect(await invoke({ services: [definition] }, "outer", 2)).toBe(21);
  });

  test("one function may be registered twice, with other options", () => {
    const fn = async (_ctx: Context, value: Uint8Array): Promise<Uint8Array> => value;
    const definition = service({
      name: "svc",
      handlers: {
        a: createServiceHandler({ input: serde.binary }, fn),
        b: handlers.handler({}, fn),
      },
    });
    const [a, b] = manifestOf({ services: [definition] }).services[0]?.handlers ?? [];
    expect(a?.input?.contentType).toBe("application/octet-stream");
    expect(b?.input?.contentType).toBe("application/json");
  });

  test("serdes: the handler's before the service's before the endpoint's", async () => {
    const tagged = (tag: string): Serde<string> => ({
      contentType: `x/${tag}`,
      serialize: (value) => serde.json.serialize(`${tag}:${value}`),
      deserialize: (bytes) => `${tag}:${serde.json.deserialize(bytes)}`,
    });
    const echo = async (_ctx: Context, value: string): Promise<string> => value;
    const definition = service({
      name: "svc",
      handlers: { echo, own: handlers.handler({ input: tagged("h") }, echo) },
    });
    const options = { services: [definition], defaultServiceOptions: { serde: tagged("e") } };
    expect(await invoke(options, "echo", "x")).toBe("e:e:x");
    expect(await invoke(options, "own", "x")).toBe("e:h:x");
    expect(await invoke({ services: [definition] }, "own", "x")).toBe("h:x");
  });
});

describe("manifest", () => {
  test("lazy state and retention stand where the server looks for them", () => {
    const options = { enableLazyState: true, workflowRetention: { days: 1 } } as const;
    const flow = workflow({
      name: "flow",
      handlers: {
        run: async (_ctx: WorkflowContext): Promise<void> => {},
        read: handlers.workflow.shared(
          { enableLazyState: false },
          async (_ctx: WorkflowSharedContext): Promise<void> => {},
        ),
      },
    });
    const plain = service({ name: "plain", handlers: { noop } });
    const manifest = manifestOf({ services: [flow, plain], defaultServiceOptions: options });
    const [workflowManifest, serviceManifest] = manifest.services;
    expect(workflowManifest).toMatchObject({ enableLazyState: true });
    expect(workflowManifest).not.toHaveProperty("workflowCompletionRetention");
    expect(workflowManifest?.handlers[0]).toMatchObject({
      name: "run",
      workflowCompletionRetention: 86_400_000,
    });
    expect(workflowManifest?.handlers[1]).toMatchObject({ name: "read", enableLazyState: false });
    expect(workflowManifest?.handlers[1]).not.toHaveProperty("workflowCompletionRetention");
    expect(serviceManifest).not.toHaveProperty("enableLazyState");
    parseManifest(JSON.parse(serializeManifest(manifest, 4)), manifestContentType(4));
  });

  test("says everything, in milliseconds, and passes the strict parser", () => {
    const definition = service({
      name: "svc",
      description: "a service",
      metadata: { owner: "me" },
      handlers: {
        noop,
        full: handlers.handler(
          {
            accept: "text/*",
            input: serde.json.schema<string>({ type: "string" }),
            output: serde.empty,
            setOutputContentTypeIfEmpty: true,
            description: "a handler",
            metadata: { a: "b" },
            idempotencyRetention: { days: 1 },
            ingressPrivate: true,
          },
          async (_ctx: Context, _input: string): Promise<void> => {},
        ),
      },
      options: {
        journalRetention: { seconds: 10 },
        inactivityTimeout: 1500.7,
        abortTimeout: { minutes: 1 },
        retryPolicy: {
          maxAttempts: 3,
          onMaxAttempts: "kill",
          initialInterval: { milliseconds: 5 },
          maxInterval: { hours: 1 },
          exponentiationFactor: 1.5,
        },
      },
    });
    const manifest = manifestOf({ services: [definition] });
    expect(manifest).toEqual({
      protocolMode: "BIDI_STREAM",
      minProtocolVersion: 5,
      maxProtocolVersion: 7,
      services: [
        {
          name: "svc",
          ty: "SERVICE",
          documentation: "a service",
          metadata: { owner: "me" },
          journalRetention: 10_000,
          inactivityTimeout: 1500,
          abortTimeout: 60_000,
          retryPolicyMaxAttempts: 3,
          retryPolicyOnMaxAttempts: "KILL",
          retryPolicyInitialInterval: 5,
          retryPolicyMaxInterval: 3_600_000,
          retryPolicyExponentiationFactor: 1.5,
          handlers: [
            {
              name: "noop",
              input: { required: false, contentType: "application/json" },
              output: { setContentTypeIfEmpty: false, contentType: "application/json" },
            },
            {
              name: "full",
              input: { required: false, contentType: "text/*", jsonSchema: { type: "string" } },
              output: { setContentTypeIfEmpty: true },
              documentation: "a handler",
              metadata: { a: "b" },
              idempotencyRetention: 86_400_000,
              ingressPrivate: true,
            },
          ],
        },
      ],
    });
    expect(parseManifest(JSON.parse(serializeManifest(manifest)), manifestContentType(4))).toEqual(
      manifest,
    );
  });

  test("the service's options come before the endpoint's", () => {
    const definition = service({
      name: "s",
      handlers: { noop },
      options: { ingressPrivate: false },
    });
    const defaults = { ingressPrivate: true, journalRetention: 5 };
    const [manifest] = manifestOf({
      services: [definition],
      defaultServiceOptions: defaults,
    }).services;
    expect(manifest).toMatchObject({ ingressPrivate: false, journalRetention: 5 });
  });

  test("payloads with a preview are named", () => {
    const preview = { toJsonString: String, fromJsonString: (text: string) => text };
    const definition = service({
      name: "s",
      handlers: {
        a: handlers.handler({ input: { ...serde.binary, preview: preview as never } }, noop),
      },
    });
    expect(manifestOf({ services: [definition] }).services[0]?.metadata).toEqual({
      "dev.restate.serde.preview.a/input": "true",
    });
  });
});

describe("serdes", () => {
  test("json: undefined is no bytes, both ways; BigInt fails", () => {
    expect(serde.json.serialize(undefined).length).toBe(0);
    expect(serde.json.deserialize(new Uint8Array())).toBeUndefined();
    expect(() => serde.json.serialize(1n)).toThrow(TypeError);
    for (const text of ["", "short", "ü", "x".repeat(100), "é".repeat(30), "😀", "\u0000"]) {
      const bytes = serde.json.serialize(text);
      expect([...bytes]).toEqual([...new TextEncoder().encode(JSON.stringify(text))]);
      expect(serde.json.deserialize(bytes)).toBe(text);
    }
  });

  test("binary and empty", () => {
    const bytes = new Uint8Array([1]);
    expect(serde.binary.deserialize(serde.binary.serialize(bytes))).toBe(bytes);
    expect(serde.empty.serialize(undefined).length).toBe(0);
    expect(serde.empty.deserialize(new Uint8Array())).toBeUndefined();
    expect(() => serde.empty.deserialize(bytes)).toThrow("Expected empty data");
    expect(() => serde.empty.serialize(1 as never)).toThrow("Expected undefined value");
  });
});
