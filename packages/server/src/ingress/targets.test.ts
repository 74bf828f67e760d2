/** Bodies that name an invocation (server.md §2.2). */
import { IdError } from "@rejoin/protocol";
import { describe, expect, it } from "vitest";
import { HttpError } from "./http-error.ts";
import { parseTarget, readId } from "./targets.ts";

const body = (value: unknown) =>
  new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));

function problem(value: unknown): HttpError {
  try {
    parseTarget(body(value));
  } catch (error) {
    if (error instanceof HttpError) return error;
    throw error;
  }
  throw new Error("it was understood");
}

describe("a body that names an invocation", () => {
  it("does so by its id", () => {
    expect(parseTarget(body({ target: "invocation", invocationId: "inv_1" }))).toEqual({
      kind: "invocation",
      invocationId: "inv_1",
    });
  });

  it("does so as a workflow's run, in a scope or none", () => {
    const run = { target: "workflow", workflowName: "W", workflowKey: "" };
    expect(parseTarget(body(run))).toEqual({ kind: "workflow", name: "W", key: "" });
    expect(parseTarget(body({ ...run, scope: "s" }))).toMatchObject({ scope: "s" });
  });

  it("does so by an idempotency key, with an object's key or none, in a scope or none", () => {
    const request = {
      target: "idempotentInvocation",
      service: "S",
      handler: "h",
      idempotencyKey: "k",
    };
    const plain = { kind: "idempotentRequest", service: "S", handler: "h", idempotencyKey: "k" };
    expect(parseTarget(body(request))).toEqual(plain);
    expect(parseTarget(body({ ...request, key: "o", scope: "s" }))).toEqual({
      ...plain,
      key: "o",
      scope: "s",
    });
  });

  it("that is no JSON is the caller's mistake", () => {
    for (const text of ["", "{", "inv_1"]) {
      const { status, message } = problem(text);
      expect([status, message]).toEqual([400, "the body is not JSON"]);
    }
  });

  it.each([
    [{}],
    [null],
    [[]],
    [{ target: "nothing" }],
    [{ target: "invocation" }],
    [{ target: "invocation", invocationId: 7 }],
    [{ target: "workflow", workflowName: "W" }],
    [{ target: "idempotentInvocation", service: "S", handler: "h" }],
  ])("that names none says what is wrong: %j", (value) => {
    const { status, message } = problem(value);
    expect(status).toBe(400);
    expect(message).toMatch(/^the body names no invocation: /);
  });
});

describe("an id", () => {
  it("that is none is the caller's mistake, anything else is not", () => {
    const read = () => {
      throw new IdError("BAD_LENGTH");
    };
    expect(() => readId("id", read)).toThrow(HttpError);
    const bug = new Error("a bug");
    expect(() =>
      readId("id", () => {
        throw bug;
      }),
    ).toThrow(bug);
    expect(readId("id", () => 5)).toBe(5);
  });
});
