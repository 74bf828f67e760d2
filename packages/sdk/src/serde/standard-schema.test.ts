import { describe, expect, expectTypeOf, test } from "vitest";
import { type Serde, serde } from "../index.ts";
import { createSchema, numberSchema } from "../testing/schemas.ts";

const bytesOf = (value: unknown) => serde.json.serialize(value);

describe("a schema's serde", () => {
  test("checks what it reads, not what it writes", () => {
    const number = serde.schema(numberSchema);
    expectTypeOf(number).toEqualTypeOf<Serde<number>>();
    expect(number.deserialize(number.serialize(7))).toBe(7);
    expect(() => number.serialize("7" as never)).not.toThrow();
    expect(() => number.deserialize(bytesOf("7"))).toThrow(
      new TypeError("Standard schema validation failed:\n* expected a number"),
    );
    expect(number.contentType).toBe("application/json");
    expect(number.jsonSchema).toEqual({ type: "number" });
  });

  test("gives what the schema makes of a value", () => {
    const trimmed = serde.schema(createSchema((value) => ({ value: String(value).trim() })));
    expect(trimmed.deserialize(bytesOf("  x "))).toBe("x");
  });

  test("of a schema that takes nothing has no content type; nothing is no bytes", () => {
    const optional = serde.schema(createSchema<unknown>((value) => ({ value })));
    expect(optional).not.toHaveProperty("contentType");
    expect(optional.serialize(undefined)).toHaveLength(0);
    expect(optional.deserialize(new Uint8Array())).toBeUndefined();
  });

  test("names the place of each issue", () => {
    const issues = [
      { message: "too long", path: ["a", 0, { key: "b" }] },
      { message: "wrong", path: [] },
    ];
    const failing = serde.schema(createSchema(() => ({ issues })));
    expect(() => failing.deserialize(bytesOf(1))).toThrow("* (at /a/0/b) too long\n* wrong");
  });

  test("hands options to the library, and does without what it cannot describe", () => {
    const seen: unknown[] = [];
    const jsonSchema = {
      output: (options: unknown) => {
        seen.push(options);
        throw new Error("cannot be described");
      },
    };
    const validate = (value: unknown, options?: object) => {
      seen.push(options);
      return { value };
    };
    const described = serde.schema(createSchema(validate, { jsonSchema }), { a: 1 }, { b: 2 });
    expect(described).not.toHaveProperty("jsonSchema");
    expect(seen).toEqual([
      { target: "draft-2020-12", libraryOptions: { b: 2 } },
      { libraryOptions: { a: 1 } },
    ]);
  });

  test("cannot wait for a schema", () => {
    const waiting = serde.schema(createSchema(async (value) => ({ value })));
    expect(() => waiting.deserialize(bytesOf(1))).toThrow(TypeError);
    expect(waiting.contentType).toBe("application/json");
  });
});
