import { describe, expect, it } from "vitest";
import { HttpError } from "./http-error.ts";
import { parseRoute, type Route } from "./routes.ts";

/** `Cart` and `Order` have keys; `greeter`, and what is not registered, have none. */
const isKeyed = (service: string) => ["Cart", "Order"].includes(service);

const parse = (path: string): Route => parseRoute(path, isKeyed);

function problem(path: string): HttpError {
  try {
    parse(path);
  } catch (error) {
    if (error instanceof HttpError) return error;
    throw error;
  }
  throw new Error(`${path} was understood`);
}

const plain = { service: "greeter", key: undefined, handler: "greet" };
const keyed = { service: "Cart", key: "c1", handler: "add" };

describe("calls and sends", () => {
  it.each<[string, Route]>([
    ["/greeter/greet", { kind: "call", ...plain }],
    ["/greeter/greet/", { kind: "call", ...plain }],
    ["//greeter/greet", { kind: "call", ...plain }],
    ["/greeter/greet/send", { kind: "send", ...plain }],
    ["/Cart/c1/add", { kind: "call", ...keyed }],
    ["/Cart/c1/add/", { kind: "call", ...keyed }],
    ["/Cart/c1/add/send", { kind: "send", ...keyed }],
    ["/restate/call/greeter/greet", { kind: "call", ...plain }],
    ["/restate/send/greeter/greet", { kind: "send", ...plain }],
    ["/restate/call/Cart/c1/add", { kind: "call", ...keyed }],
    ["/restate/send/Cart/c1/add", { kind: "send", ...keyed }],
  ])("%s", (path, route) => {
    expect(parse(path)).toEqual(route);
  });

  it.each<[string, Route]>([
    ["/greeter/send", { kind: "call", ...plain, handler: "send" }],
    ["/greeter/send/send", { kind: "send", ...plain, handler: "send" }],
    ["/Cart/c1/send", { kind: "call", ...keyed, handler: "send" }],
    ["/Cart/c1/send/send", { kind: "send", ...keyed, handler: "send" }],
    ["/Cart/send/add", { kind: "call", ...keyed, key: "send" }],
    ["/restate/call/greeter/send", { kind: "call", ...plain, handler: "send" }],
    ["/restate/call/Cart/c1/send", { kind: "call", ...keyed, handler: "send" }],
    ["/call/send", { kind: "call", service: "call", key: undefined, handler: "send" }],
    ["/restater/greet", { kind: "call", ...plain, service: "restater" }],
  ])("of handlers, keys and services with confusing names: %s", (path, route) => {
    expect(parse(path)).toEqual(route);
  });

  it.each([
    ["c%2F1", "c/1"],
    ["%20a%20", " a "],
    ["%C3%A4%F0%9F%98%80", "ä😀"],
    ["100%25", "100%"],
    ["a+b", "a+b"],
    ["%2525", "%25"],
    ["..", ".."],
    ["", ""],
  ])("decode the key %j", (segment, key) => {
    expect(parse(`/Cart/${segment}/add`)).toEqual({ kind: "call", ...keyed, key });
    expect(parse(`/restate/send/Cart/${segment}/add`)).toEqual({ kind: "send", ...keyed, key });
  });

  it("decode neither service nor handler", () => {
    expect(parse("/gree%74er/gree%74")).toMatchObject({ service: "gree%74er", handler: "gree%74" });
  });
});

describe("results", () => {
  const verbs = ["attach", "output"] as const;

  it.each(verbs)("by the invocation's id: %s", (kind) => {
    const route = { kind, invocationId: "inv_1a" };
    expect(parse(`/restate/${kind}/inv_1a`)).toEqual(route);
    expect(parse(`/restate/invocation/inv_1a/${kind}`)).toEqual(route);
    expect(parse(`/restate/invocation/inv_1a/${kind}/`)).toEqual(route);
  });

  it.each(verbs)("by a decoded idempotency key: %s", (kind) => {
    expect(parse(`/restate/invocation/greeter/greet/k%2F1/${kind}`)).toEqual({
      kind,
      ...plain,
      idempotencyKey: "k/1",
    });
    expect(parse(`/restate/invocation/Cart/c%2F1/add/k%201/${kind}`)).toEqual({
      kind,
      ...keyed,
      key: "c/1",
      idempotencyKey: "k 1",
    });
  });

  it("of an idempotency key that is called like a verb", () => {
    const path = "/restate/invocation/greeter/greet/attach/output";
    expect(parse(path)).toEqual({ kind: "output", ...plain, idempotencyKey: "attach" });
  });
});

describe("awakeables", () => {
  it.each(["resolve", "reject"] as const)("%s", (verb) => {
    const route = { kind: "awakeable", verb, awakeableId: "sign_1abc" };
    expect(parse(`/restate/awakeables/sign_1abc/${verb}`)).toEqual(route);
    expect(parse(`/restate/a/sign_1abc/${verb}/`)).toEqual(route);
  });

  it.each([
    "/restate/awakeables",
    "/restate/awakeables/sign_1abc",
    "/restate/awakeables/sign_1abc/cancel",
    "/restate/a/sign_1abc/resolve/x",
  ])("nothing else: %s", (path) => {
    const { status, message } = problem(path);
    expect(status).toBe(404);
    expect(message).toContain("it should end in resolve or reject");
  });
});

describe("workflows", () => {
  it.each(["attach", "output"] as const)("%s by the decoded key of the run", (kind) => {
    expect(parse(`/restate/workflow/Order/a%2Fb/${kind}`)).toEqual({
      kind,
      workflow: "Order",
      key: "a/b",
    });
  });

  it.each(["/restate/workflow", "/restate/workflow/Order/k", "/restate/workflow/Order/k/run"])(
    "nothing else: %s",
    (path) => {
      expect(problem(path)).toMatchObject({ status: 404 });
    },
  );
});

describe("invocations that the body names", () => {
  it.each(["attach", "output", "lookup"] as const)("%s", (verb) => {
    expect(parse(`/restate/${verb}`)).toEqual({ kind: "target", verb });
    expect(parse(`/restate/${verb}/`)).toEqual({ kind: "target", verb });
  });
});

describe("scopes", () => {
  it.each(["call", "send"] as const)("%s of plain and of keyed services", (kind) => {
    expect(parse(`/restate/scope/s%201/${kind}/greeter/greet`)).toEqual({
      kind,
      scope: "s 1",
      ...plain,
    });
    expect(parse(`/restate/scope/s/${kind}/Cart/c1/add`)).toEqual({ kind, scope: "s", ...keyed });
  });

  it.each([
    "/restate/scope",
    "/restate/scope/s",
    "/restate/scope/s/call",
    "/restate/scope/s/call/greeter",
    "/restate/scope/s/attach/greeter/greet",
  ])("nothing else: %s", (path) => {
    expect(problem(path)).toMatchObject({ status: 404 });
  });
});

it("descriptions of the API are never a service", () => {
  expect(problem("/openapi/greet")).toMatchObject({ status: 404 });
});

it("health", () => {
  expect(parse("/restate/health")).toEqual({ kind: "health" });
});

describe("what is none", () => {
  it.each(["/", "", "//", "/greeter", "/greeter/", "/a/b/c/d/e", "/a/b/c/d/e/f/g/h"])(
    "names no handler: %j",
    (path) => {
      const { status, message } = problem(path);
      expect(status).toBe(400);
      expect(message).toBe(`bad path: ${path} names no handler; call /<service>/[<key>/]<handler>`);
    },
  );

  it.each([
    "/restate",
    "/restate/",
    "/restate/nothing",
    "/restate/health/x",
    "/restate/call",
    "/restate/call/greeter",
    "/restate/output/a/b",
    "/restate/lookup/inv_1a",
    "/restate/callgreeter/greet",
  ])("is unknown below /restate: %s", (path) => {
    const { status, message } = problem(path);
    expect(status).toBe(404);
    expect(message).toBe(`there is nothing at ${path}`);
  });

  it.each(["/restate/invocation", "/restate/invocation/inv_1a", "/restate/invocation/a/b/kill"])(
    "says what an invocation can be asked: %s",
    (path) => {
      const { status, message } = problem(path);
      expect(status).toBe(404);
      expect(message).toContain("it should end in attach or output");
    },
  );

  it.each([
    "/restate/invocation/attach",
    "/restate/invocation/greeter/key/attach",
    "/restate/invocation/a/b/c/d/e/attach",
    "/restate/call/a/b/c/d",
    "/greeter/a/b/send",
  ])("has the wrong number of parts: %s", (path) => {
    expect(problem(path)).toMatchObject({
      status: 400,
      message: expect.stringMatching(/bad path/),
    });
  });

  it.each(["/Cart/%/add", "/Cart/%zz/add", "/Cart/%C3%28/add", "/restate/send/Cart/%E4/add"])(
    "has a key that is not encoded: %s",
    (path) => {
      const { status, message } = problem(path);
      expect(status).toBe(400);
      expect(message).toBe(`bad path: ${path} is not valid percent-encoding`);
    },
  );

  it("has an idempotency key that is not encoded", () => {
    expect(problem("/restate/invocation/greeter/greet/%/attach").status).toBe(400);
  });

  it("lacks the key that the service wants", () => {
    for (const path of ["/Cart/add", "/restate/call/Cart/add"]) {
      const { status, message } = problem(path);
      expect(status).toBe(400);
      expect(message).toBe("bad path: Cart has a key: call /Cart/<key>/add");
    }
  });
});
