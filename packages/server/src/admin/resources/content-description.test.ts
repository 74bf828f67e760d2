import { DEFAULT_INPUT, DEFAULT_OUTPUT } from "@rejoin/protocol";
import { expect, it } from "vitest";
import { describeInput, describeOutput } from "./content-description.ts";

const json = "application/json";

it.each([
  [DEFAULT_INPUT, "*/*"],
  [{}, "none"],
  [{ contentType: "image/*" }, "image/*"],
  [{ contentType: json, required: true }, json],
  [{ contentType: json, jsonSchema: { title: "Order", type: "object" } }, "JSON 'Order'"],
  [{ contentType: json, jsonSchema: { type: "string" } }, "JSON string"],
  [{ contentType: json, jsonSchema: { type: ["string", "null"] } }, json],
  [{ contentType: json, jsonSchema: true }, json],
])("an input %j is %s", (input, text) => {
  expect(describeInput(input)).toBe(text);
});

it.each([
  [DEFAULT_OUTPUT, json],
  [{}, "none"],
  [{ contentType: "application/proto", setContentTypeIfEmpty: true }, "optional application/proto"],
  [{ contentType: json, jsonSchema: { title: "Receipt" } }, "JSON 'Receipt'"],
])("an output %j is %s", (output, text) => {
  expect(describeOutput(output)).toBe(text);
});
