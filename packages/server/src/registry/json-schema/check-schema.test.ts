import { describe, expect, it } from "vitest";
import { problemOfSchema } from "./check-schema.ts";

const draft = (name: string) => ({ $schema: `http://json-schema.org/${name}` });

describe("a schema", () => {
  it.each([
    true,
    {},
    { type: "string" },
    { type: ["string", "null"], minLength: 0, pattern: "^\\p{L}+(?=x)$" },
    { unknownKeyword: 5, const: 5, default: { type: "nonsense" }, enum: [] },
    { properties: { type: { type: "object" }, $ref: { type: "string" } } },
    { $ref: "#/$defs/a~1b", $defs: { "a/b": {} } },
    { $ref: "#/$defs/a%20b", $defs: { "a b": {} } },
    { $ref: "#node", $defs: { a: { $anchor: "node" } } },
    { items: { $ref: "#" } },
    { $id: "http://x/y", $ref: "http://x/y#/$defs/a", $defs: { a: {} } },
    {
      $id: "http://x/y",
      $ref: "z",
      $defs: { a: { $id: "z", $ref: "#/$defs/b", $defs: { b: {} } } },
    },
    { $ref: "https://json-schema.org/draft/2020-12/schema" },
    { allOf: [{ $ref: "#/allOf/1" }, true] },
    { ...draft("draft-04/schema#"), minimum: 1, exclusiveMinimum: true },
    { ...draft("draft-07/schema#"), items: [{ type: "string" }], additionalItems: false },
    { ...draft("draft-07/schema#"), items: { type: "string" } },
    { $schema: "https://json-schema.org/draft/2020-12/schema", prefixItems: [{}] },
  ])("may be %j", (schema) => {
    expect(problemOfSchema(schema)).toBeUndefined();
  });

  it.each([
    [5, "5 is not an object"],
    ["x", '"x" is not an object'],
    [[], "[] is not an object"],
    [null, "null is not an object"],
    [{ type: "nonsense" }, '#/type: "nonsense" is not one of array, boolean'],
    [{ type: ["string", "string"] }, "#/type"],
    [{ type: [] }, "#/type"],
    [{ properties: 5 }, "#/properties: 5 is not an object of schemas"],
    [{ properties: { a: 5 } }, "#/properties"],
    [{ properties: { a: { items: { minLength: -1 } } } }, "#/properties/a/items/minLength: -1"],
    [{ additionalProperties: { type: "foo" } }, "#/additionalProperties/type"],
    [{ items: [{ type: "string" }] }, "#/items"],
    [{ ...draft("draft-07/schema#"), items: [{ type: 5 }] }, "#/items/0/type"],
    [{ anyOf: [] }, "#/anyOf: [] is not a list of schemas with at least one"],
    [{ oneOf: [{}, { required: ["a", "a"] }] }, "#/oneOf/1/required"],
    [{ required: "a" }, "#/required"],
    [{ multipleOf: 0 }, "#/multipleOf: 0 is not a number above 0"],
    [{ format: 5 }, "#/format: 5 is not a string"],
    [{ pattern: "(" }, '#/pattern: "(" is not a regular expression'],
    [{ patternProperties: { "(": {} } }, "#/patternProperties"],
    [{ $schema: "urn:x" }, '#/$schema: "urn:x" is no draft that is known'],
    [{ $ref: "#/nope" }, 'there is nothing at "#/nope"'],
    [{ $ref: "#/$defs/toString", $defs: {} }, "there is nothing at"],
    [{ $ref: "#nope" }, 'there is nothing at "#nope"'],
    [{ $ref: "http://example.com/x" }, "is outside of the schema"],
    [{ not: { $ref: "other.json" } }, '#/not/$ref: "other.json" is outside of the schema'],
    [{ $defs: { a: { $id: "z", $ref: "#/$defs/a" } } }, "there is nothing at"],
  ])("may not be %j", (schema, problem) => {
    expect(problemOfSchema(schema)).toContain(problem);
  });

  it("may not be nested without an end", () => {
    let schema: object = {};
    for (let depth = 0; depth < 50_000; depth++) schema = { not: schema };
    expect(problemOfSchema(schema)).toContain("nested more than 200 deep");
  });
});
