/** Schemas as libraries make them, by hand. */
import type { StandardSchemaV1 } from "@rejoin/protocol";

/** Takes numbers, and what `map` makes of them. */
export function createSchema<T>(
  validate: StandardSchemaV1<unknown, T>["~standard"]["validate"],
  extra: object = {},
): StandardSchemaV1<unknown, T> {
  return { "~standard": { version: 1, vendor: "by hand", validate, ...extra } };
}

/** Numbers, described as such. */
export const numberSchema = createSchema<number>(
  (value) =>
    typeof value === "number" ? { value } : { issues: [{ message: "expected a number" }] },
  { jsonSchema: { output: () => ({ type: "number" }) } },
);
