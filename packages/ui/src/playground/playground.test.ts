import { describe, expect, it } from "vitest";
import { headersOf, type PlaygroundCall, pathOf, reachableIngress, toCurl } from "./call.ts";
import { exampleOf, fromFields, toFields } from "./schema.ts";

const order = {
  type: "object",
  required: ["item", "count"],
  properties: {
    item: { type: "string", title: "Item", description: "What is ordered" },
    count: { type: "integer", minimum: 1, default: 1 },
    gift: { type: "boolean" },
    size: { enum: ["S", "M", 3] },
    address: { $ref: "#/$defs/address" },
  },
  $defs: { address: { type: "object", properties: { city: { type: "string" } } } },
};

describe("a form from a schema", () => {
  const fields = toFields(order) ?? [];

  it("has a field for each member", () => {
    expect(fields.map(({ name, kind, isRequired }) => [name, kind, isRequired])).toEqual([
      ["item", "text", true],
      ["count", "number", true],
      ["gift", "boolean", false],
      ["size", "choice", false],
      ["address", "json", false],
    ]);
    expect(fields[0]).toMatchObject({ label: "Item", description: "What is ordered" });
  });

  it("says an object, without what was left empty", () => {
    const texts = { item: "tea", gift: "true", size: "3", address: '{"city":"Ulm"}' };
    expect(fromFields(fields, texts)).toEqual({
      value: { item: "tea", count: 1, gift: true, size: 3, address: { city: "Ulm" } },
      errors: {},
    });
    expect(fromFields(fields, { item: "" }).value).toEqual({ item: "", count: 1 });
  });

  it("says what is wrong, at the field", () => {
    const { errors } = fromFields(fields, { item: "x", count: "many", address: "{" });
    expect(errors.count).toBe("is no number");
    expect(errors.address).toMatch(/^is no JSON/);
    expect(fromFields(fields, { item: "x", count: "" }).errors).toEqual({ count: "is needed" });
  });

  it("is none for what is not an object", () => {
    expect(toFields({ type: "string" })).toBeUndefined();
    expect(toFields(undefined)).toBeUndefined();
    expect(toFields({ $ref: "#/loop", loop: { $ref: "#/loop" } })).toBeUndefined();
  });
});

describe("an example", () => {
  it("fits the schema", () => {
    expect(exampleOf(order)).toEqual({
      item: "",
      count: 1,
      gift: false,
      size: "S",
      address: { city: "" },
    });
    expect(exampleOf({ type: "array", items: { type: ["number", "null"] } })).toEqual([0]);
    expect(exampleOf({ anyOf: [{ type: "string" }, { type: "null" }] })).toBe("");
    expect(exampleOf({})).toBeNull();
  });

  it("of a schema that holds itself ends", () => {
    const tree = { type: "object", properties: { next: { $ref: "#" } } };
    expect(JSON.stringify(exampleOf({ ...tree })).length).toBeLessThan(500);
  });
});

describe("a call", () => {
  const call: PlaygroundCall = {
    service: "cart",
    key: "a/b c",
    handler: "add",
    body: `{"who":"it's"}`,
    contentType: "application/json",
    idempotencyKey: "once",
    isSend: false,
  };

  it("is a request to the ingress", () => {
    expect(pathOf(call)).toBe("/cart/a%2Fb%20c/add");
    expect(pathOf({ ...call, isSend: true, delay: "1 min" })).toBe(
      "/cart/a%2Fb%20c/add/send?delay=1%20min",
    );
    expect(headersOf(call)).toEqual({
      "content-type": "application/json",
      "idempotency-key": "once",
    });
  });

  it("can be made in a terminal", () => {
    expect(toCurl("http://localhost:8080", call)).toBe(
      "curl 'http://localhost:8080/cart/a%2Fb%20c/add' -H 'content-type: application/json' " +
        `-H 'idempotency-key: once' --data-raw '{"who":"it'\\''s"}'`,
    );
  });

  it.each([
    ["http://127.0.0.1:8080", "http://127.0.0.1:9070/ui/", "http://127.0.0.1:8080"],
    ["http://0.0.0.0:8080", "http://10.1.2.3:9070/ui/", "http://10.1.2.3:8080"],
    ["http://127.0.0.1:8080", "http://rejoin.example:9070/ui/", "http://rejoin.example:8080"],
    ["https://in.example", "https://admin.example/ui/", "https://in.example"],
  ])("reaches %s from %s as %s", (ingress, page, expected) => {
    expect(reachableIngress(ingress, page)).toBe(expected);
  });
});
