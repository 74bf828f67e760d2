import { describe, expect, test } from "vitest";
import { MANIFEST_CONTENT_TYPES, type ManifestVersion } from "./http.ts";
import {
  type EndpointManifest,
  type HandlerManifest,
  handlerTypeOf,
  type ServiceManifest,
} from "./manifest.ts";
import { ManifestError, type ManifestErrorCode } from "./manifest-error.ts";
import {
  parseManifest,
  propertiesBeyond,
  requiredManifestVersion,
  serializeManifest,
} from "./manifest-parser.ts";

const TYPE = "application/vnd.restate.endpointmanifest.v4+json";
const MINIMAL: EndpointManifest = {
  protocolMode: "BIDI_STREAM",
  minProtocolVersion: 5,
  maxProtocolVersion: 7,
  services: [],
};
const OPTIONS = {
  documentation: "what it does",
  metadata: { team: "a" },
  inactivityTimeout: 1,
  abortTimeout: 2,
  journalRetention: 3,
  enableLazyState: true,
  ingressPrivate: true,
  retryPolicyInitialInterval: 5,
  retryPolicyMaxInterval: 6,
  retryPolicyMaxAttempts: 0,
  retryPolicyExponentiationFactor: 1.5,
  retryPolicyOnMaxAttempts: "PAUSE",
} as const;
const FULL: EndpointManifest = {
  ...MINIMAL,
  lambdaCompression: "zstd",
  services: [
    {
      name: "Wf",
      ty: "WORKFLOW",
      ...OPTIONS,
      idempotencyRetention: 4,
      handlers: [
        {
          name: "run",
          ty: "WORKFLOW",
          input: { required: true, contentType: "application/*", jsonSchema: { type: "object" } },
          output: { contentType: "", setContentTypeIfEmpty: true, jsonSchema: true },
          workflowCompletionRetention: 7,
          ...OPTIONS,
        },
        { name: "query", input: {}, output: {}, idempotencyRetention: 4, ...OPTIONS },
      ],
    },
    { name: "_1.x-Y", ty: "SERVICE", handlers: [{ name: "h", ty: "SHARED" }] },
    {
      name: "Obj",
      ty: "VIRTUAL_OBJECT",
      handlers: [{ name: "a" }, { name: "b", ty: "EXCLUSIVE" }],
    },
  ],
};

describe("reading", () => {
  test.each([MINIMAL, FULL])("manifest %#", (manifest) => {
    for (const type of MANIFEST_CONTENT_TYPES) {
      expect(parseManifest(JSON.parse(JSON.stringify(manifest)), type)).toEqual(manifest);
    }
  });

  test("what is null is absent", () => {
    expect(parseManifest({ ...MINIMAL, lambdaCompression: null }, TYPE)).toEqual(MINIMAL);
  });

  test("of several handlers of one name the last counts", () => {
    const handlers: HandlerManifest[] = [{ name: "h" }, { name: "h", ty: "SHARED" }];
    const parsed = parseManifest(manifestOf({ handlers }), TYPE);
    expect(parsed.services[0]?.handlers).toEqual([{ name: "h", ty: "SHARED" }]);
  });

  test.each(["", "application/json", `${TYPE}; charset=utf-8`])("content type %j", (type) => {
    const error = faultOf(() => parseManifest(MINIMAL, type));
    expect(error.code).toBe("META0013");
    expect(error.message).toContain(`"${type}" is not a content type of the manifest`);
  });

  const service = manifestOf({}).services[0];
  test.each<[string, unknown, string]>([
    ["", null, "the manifest must be an object"],
    ["", [], "the manifest must be an object"],
    ["protocolMode", { ...MINIMAL, protocolMode: undefined }, "property protocolMode is missing"],
    ["protocolMode", { ...MINIMAL, protocolMode: "BIDI" }, "property protocolMode must be one of"],
    ["extra", { ...MINIMAL, extra: 1 }, "property extra is unknown"],
    ["minProtocolVersion", { ...MINIMAL, minProtocolVersion: 0 }, "must be an integer from 1"],
    ["maxProtocolVersion", { ...MINIMAL, maxProtocolVersion: 2 ** 31 }, "must be an integer"],
    ["minProtocolVersion", { ...MINIMAL, minProtocolVersion: 8 }, "must not exceed"],
    ["services", { ...MINIMAL, services: {} }, "property services must be an array"],
    ["services[0]", { ...MINIMAL, services: [1] }, "service number 1 must be an object"],
    [
      "services[0].name",
      { ...MINIMAL, services: [{ ...service, name: "_" }] },
      'service "_": property name must be a string that matches',
    ],
    [
      "services[0].ty",
      { ...MINIMAL, services: [{ ...service, ty: "ACTOR" }] },
      'service "S": property ty must be one of SERVICE, VIRTUAL_OBJECT, WORKFLOW',
    ],
    [
      "services[0].handlers",
      { ...MINIMAL, services: [{ ...service, handlers: undefined }] },
      'service "S": property handlers is missing',
    ],
    [
      "services[0].metadata.a",
      { ...MINIMAL, services: [{ ...service, metadata: { a: 1 } }] },
      'service "S": property metadata.a must be a string',
    ],
    [
      "services[0].__proto__",
      { ...MINIMAL, services: [JSON.parse('{"name":"S","__proto__":{}}')] },
      'service "S": property __proto__ is unknown',
    ],
    ["services[0].handlers[0].name", withHandler({ name: "a-b" }), "must be a string that matches"],
    [
      "services[0].handlers[0].foo",
      withHandler({ foo: 1 }),
      'handler "h": property foo is unknown',
    ],
    ["services[0].handlers[0].abortTimeout", withHandler({ abortTimeout: -1 }), "from 0 to"],
    ["services[0].handlers[0].abortTimeout", withHandler({ abortTimeout: 0.5 }), "from 0 to"],
    ["services[0].handlers[0].enableLazyState", withHandler({ enableLazyState: 1 }), "a boolean"],
    ["services[0].handlers[0].documentation", withHandler({ documentation: 1 }), "a string"],
    [
      "services[0].handlers[0].retryPolicyExponentiationFactor",
      withHandler({ retryPolicyExponentiationFactor: "2" }),
      "must be a number",
    ],
    [
      "services[0].handlers[0].input.foo",
      withHandler({ input: { foo: 1 } }),
      'service "S", handler "h": property input.foo is unknown',
    ],
  ])("a fault at %j is named", (path, json, text) => {
    const error = faultOf(() => parseManifest(json, TYPE));
    expect(error).toMatchObject({ code: "META0013", path, status: 500 });
    expect(error.message).toContain(text);
  });
});

describe("rules", () => {
  test.each(["restate", "Restate.x", "RESTATEFUL", "openapi", "OpenAPI"])(
    "the service name %s is reserved",
    (name) => {
      const error = faultOf(() => parseManifest(manifestOf({ name }), TYPE));
      expect(error).toMatchObject({ code: "META0005", status: 400, path: "services[0].name" });
      expect(error.message).toBe(`service "${name}" has a reserved name`);
    },
  );

  test("a name that only contains a reserved word is free", () => {
    expect(() => parseManifest(manifestOf({ name: "openapi2" }), TYPE)).not.toThrow();
    expect(() => parseManifest(manifestOf({ name: "my-restate" }), TYPE)).not.toThrow();
  });

  test("a service is defined once", () => {
    const [service] = manifestOf({}).services as [ServiceManifest];
    const error = faultOf(() => parseManifest({ ...MINIMAL, services: [service, service] }, TYPE));
    expect(error.message).toBe('service "S" is defined twice');
  });

  test.each([
    [5, 5, undefined],
    [1, 20, undefined],
    [7, 9, undefined],
    [1, 4, "META0012"],
    [8, 9, "META0012"],
  ])("protocol versions %i to %i", (min, max, code) => {
    const manifest = { ...MINIMAL, minProtocolVersion: min, maxProtocolVersion: max };
    if (code === undefined) {
      expect(parseManifest(manifest, TYPE)).toEqual(manifest);
    } else {
      const error = faultOf(() => parseManifest(manifest, TYPE));
      expect(error.code).toBe(code satisfies string as ManifestErrorCode);
      expect(error.message).toContain(`speaks protocol versions ${min} to ${max}`);
    }
  });

  test.each([
    ["SERVICE", undefined, "SHARED"],
    ["SERVICE", "SHARED", "SHARED"],
    ["SERVICE", "EXCLUSIVE", undefined],
    ["SERVICE", "WORKFLOW", undefined],
    ["VIRTUAL_OBJECT", undefined, "EXCLUSIVE"],
    ["VIRTUAL_OBJECT", "EXCLUSIVE", "EXCLUSIVE"],
    ["VIRTUAL_OBJECT", "SHARED", "SHARED"],
    ["VIRTUAL_OBJECT", "WORKFLOW", undefined],
    ["WORKFLOW", undefined, "SHARED"],
    ["WORKFLOW", "SHARED", "SHARED"],
    ["WORKFLOW", "WORKFLOW", "WORKFLOW"],
    ["WORKFLOW", "EXCLUSIVE", undefined],
  ] as const)("in a %s the handler type %s means %s", (ty, handlerType, meaning) => {
    expect(handlerTypeOf(ty, handlerType)).toBe(meaning);
    const handler = handlerType === undefined ? { name: "h" } : { name: "h", ty: handlerType };
    const parse = () => parseManifest(manifestOf({ ty, handlers: [handler] }), TYPE);
    if (meaning !== undefined) {
      expect(parse).not.toThrow();
      return;
    }
    const error = faultOf(parse);
    expect(error).toMatchObject({ status: 400, path: "services[0].handlers[0].ty" });
    expect(error.message).toContain(`${handlerType} is not possible in a ${ty}`);
  });

  test.each<[Partial<ServiceManifest>, Partial<HandlerManifest>, string]>([
    [{ ty: "WORKFLOW" }, { workflowCompletionRetention: 1 }, "workflowCompletionRetention"],
    [{ ty: "WORKFLOW" }, { ty: "WORKFLOW", idempotencyRetention: 1 }, "idempotencyRetention"],
    [{ ingressPrivate: true }, { ingressPrivate: false }, "ingressPrivate"],
    [{}, { input: { contentType: "*/json" } }, "input.contentType"],
    [{}, { input: { contentType: "json" } }, "input.contentType"],
    [{}, { output: { contentType: "a\nb" } }, "output.contentType"],
  ])("service %j with handler %j is refused", (service, handler, property) => {
    const manifest = manifestOf({ ...service, handlers: [{ name: "h", ...handler }] });
    const error = faultOf(() => parseManifest(manifest, TYPE));
    expect(error).toMatchObject({ status: 400, path: `services[0].handlers[0].${property}` });
    expect(error.message).toContain(`service "S", handler "h": property ${property} `);
  });

  test.each(["*/*", "text/*", "application/json", "application/json; charset=utf-8"])(
    "an input of %s",
    (contentType) => {
      const manifest = manifestOf({ handlers: [{ name: "h", input: { contentType } }] });
      expect(parseManifest(manifest, TYPE)).toEqual(manifest);
    },
  );
});

describe("writing", () => {
  test.each<[ManifestVersion, Partial<HandlerManifest>]>([
    [1, { input: {}, output: {} }],
    [2, { documentation: "d" }],
    [2, { metadata: {} }],
    [3, { enableLazyState: false }],
    [4, { retryPolicyMaxAttempts: 1 }],
  ])("version %i is needed for %j", (version, options) => {
    const manifest = manifestOf({ handlers: [{ name: "h", ...options }] });
    expect(requiredManifestVersion(manifest)).toBe(version);
    expect(requiredManifestVersion(manifestOf(options as Partial<ServiceManifest>, true))).toBe(
      version,
    );
    expect(JSON.parse(serializeManifest(manifest, version))).toEqual(manifest);
    if (version === 1) return;
    const older = (version - 1) as ManifestVersion;
    const path = `services[0].handlers[0].${Object.keys(options)[0]}`;
    expect(propertiesBeyond(manifest, older)).toEqual([path]);
    const error = faultOf(() => serializeManifest(manifest, older));
    expect(error.message).toContain(`${path} needs manifest version ${version}`);
  });

  test("compression belongs to version 4", () => {
    expect(requiredManifestVersion({ ...MINIMAL, lambdaCompression: "zstd" })).toBe(4);
    expect(requiredManifestVersion(MINIMAL)).toBe(1);
  });

  test("what is written reads back", () => {
    expect(parseManifest(JSON.parse(serializeManifest(FULL)), TYPE)).toEqual(FULL);
  });
});

function manifestOf(service: Partial<ServiceManifest>, isBare = false): EndpointManifest {
  const { input: _i, output: _o, ...own } = service as Record<string, unknown>;
  const options = isBare ? own : service;
  const base = { name: "S", ty: "SERVICE", handlers: [{ name: "h" }] } as const;
  return { ...MINIMAL, services: [{ ...base, ...options }] };
}

function withHandler(handler: Readonly<Record<string, unknown>>): unknown {
  return manifestOf({ handlers: [{ name: "h", ...handler } as HandlerManifest] });
}

function faultOf(run: () => unknown): ManifestError {
  try {
    run();
  } catch (error) {
    if (error instanceof ManifestError) return error;
    throw error;
  }
  throw new Error("no error was raised");
}
