import type { Serde, StandardSchemaV1 } from "@rejoin/protocol";
import { serde as sdkSerde } from "@rejoin/sdk";
import { describe, expect, expectTypeOf, it } from "vitest";
import * as serde from "./namespace.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytes = (value: string) => new TextEncoder().encode(value);

describe("json", () => {
  it.each([[1], ["ü"], [null], [[1, { a: 2 }]], [undefined]])("keeps %j", (value) => {
    const written = serde.json.serialize(value);
    expect(serde.json.deserialize(written)).toEqual(value);
    expect(written).toEqual(sdkSerde.json.serialize(value));
  });

  it("is empty for nothing", () => {
    expect(serde.json.serialize(undefined)).toHaveLength(0);
    expect(serde.json.serialize(() => 1)).toHaveLength(0);
    expect(serde.json.contentType).toBe("application/json");
  });

  it("carries a schema", () => {
    const schema = { type: "string" };
    expect(new serde.JsonSerde<string>(schema).jsonSchema).toBe(schema);
    expect(serde.json.schema<string>(schema).jsonSchema).toBe(schema);
    expect(serde.json.jsonSchema).toBeUndefined();
  });

  it("does not take what is no UTF-8", () => {
    expect(() => serde.json.deserialize(new Uint8Array([34, 255, 34]))).toThrow(TypeError);
  });
});

describe("the others", () => {
  it("binary leaves bytes as they are", () => {
    const value = new Uint8Array([0, 255]);
    expect(serde.binary.serialize(value)).toBe(value);
    expect(serde.binary.deserialize(value)).toBe(value);
  });

  it("empty takes nothing", () => {
    expect(serde.empty.serialize(undefined)).toHaveLength(0);
    expect(serde.empty.deserialize(new Uint8Array())).toBeUndefined();
    expect(() => serde.empty.serialize(1 as never)).toThrow("Expected undefined value");
    expect(() => serde.empty.deserialize(bytes("ab"))).toThrow("Expected empty data");
  });

  it("are those of the SDK, and fit where they do", () => {
    expectTypeOf(sdkSerde.binary).toExtend<Serde<Uint8Array>>();
    expect(Object.keys(serde).sort()).toEqual(
      Object.keys(sdkSerde)
        .filter((name) => name in serde)
        .sort(),
    );
  });
});

describe("schema", () => {
  const createSchema = <T>(
    validate: StandardSchemaV1<T>["~standard"]["validate"],
    extra: object = {},
  ): StandardSchemaV1<T> => ({ "~standard": { version: 1, vendor: "test", validate, ...extra } });
  const number = createSchema<number>((value) =>
    typeof value === "number" ? { value } : { issues: [{ message: "expected a number" }] },
  );

  it("checks what it reads, not what it writes", () => {
    const own = serde.schema(number);
    expectTypeOf(own).toEqualTypeOf<Serde<number>>();
    expect(own.deserialize(own.serialize(7))).toBe(7);
    expect(text(own.serialize("7" as never))).toBe('"7"');
    expect(() => own.deserialize(bytes('"7"'))).toThrow(
      new TypeError("Standard schema validation failed:\n* expected a number"),
    );
    expect(own.contentType).toBe("application/json");
  });

  it("has no content type if nothing fits", () => {
    const any = serde.schema(createSchema<unknown>((value) => ({ value })));
    expect(any).not.toHaveProperty("contentType");
    expect(any.serialize(undefined)).toHaveLength(0);
    expect(any.deserialize(new Uint8Array())).toBeUndefined();
  });

  it("names the place of an issue", () => {
    const issues = [{ message: "too long", path: ["a", 0, { key: "b" }] }];
    const failing = serde.schema(createSchema(() => ({ issues })));
    expect(() => failing.deserialize(bytes("1"))).toThrow("* (at /a/0/b) too long");
  });

  it("hands options to the library, and does without what it cannot describe", () => {
    const seen: unknown[] = [];
    const describing = (fails: boolean) => ({
      jsonSchema: {
        output: (options: unknown) => {
          seen.push(options);
          if (fails) throw new Error("cannot be described");
          return { type: "number" };
        },
      },
    });
    const validate = (value: unknown, options?: object) => {
      seen.push(options);
      return { value: value as number };
    };
    const own = serde.schema(createSchema<number>(validate, describing(false)), { a: 1 }, { b: 2 });
    expect(own.jsonSchema).toEqual({ type: "number" });
    const target = "draft-2020-12";
    expect(seen).toContainEqual({ target, libraryOptions: { b: 2 } });
    expect(seen).toContainEqual({ libraryOptions: { a: 1 } });
    const failing = serde.schema(createSchema<number>(validate, describing(true)));
    expect(failing).not.toHaveProperty("jsonSchema");
  });

  it("cannot wait for a schema", () => {
    const waiting = serde.schema(createSchema(async () => Promise.reject(new Error("late"))));
    expect(waiting.contentType).toBe("application/json");
    const resolving = serde.schema(createSchema(async (value) => ({ value })));
    expect(() => resolving.deserialize(bytes("1"))).toThrow("validates asynchronously");
  });
});
