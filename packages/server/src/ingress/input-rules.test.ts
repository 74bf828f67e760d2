/** The table of what a handler's declared input accepts. */
import type { InputManifest } from "@rejoin/protocol";
import { describe, expect, it } from "vitest";
import { HttpError } from "./http-error.ts";
import { validateInput } from "./input-rules.ts";

/** What a request has: a content type or none, and how many bytes. */
type Sent = readonly [contentType: string | undefined, bodyLength: number];

/** `undefined` if it is accepted. */
function problem(input: InputManifest, [contentType, bodyLength]: Sent): string | undefined {
  try {
    validateInput(input, contentType, bodyLength);
    return undefined;
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    expect(error.status).toBe(400);
    expect(error.message).toMatch(/^input validation error: /);
    return error.message;
  }
}

const none: Sent = [undefined, 0];
const untyped: Sent = [undefined, 5];
const json: Sent = ["application/json", 5];
const emptyJson: Sent = ["application/json", 0];
const text: Sent = ["text/plain", 5];

interface Row {
  readonly name: string;
  readonly input: InputManifest;
  readonly accepted: readonly Sent[];
  readonly refused: readonly Sent[];
}

const anySchema = { type: "object" };

const table: Row[] = [
  {
    name: "anything, not required (the default)",
    input: { required: false, contentType: "*/*" },
    accepted: [none, json, emptyJson, text, ["weird", 1]],
    refused: [untyped],
  },
  {
    name: "JSON, not required",
    input: { required: false, contentType: "application/json" },
    accepted: [none, json, emptyJson],
    refused: [untyped, text, ["text/plain", 0], ["application/jsonx", 5], ["application", 5]],
  },
  {
    name: "JSON without saying whether it is required",
    input: { contentType: "application/json" },
    accepted: [none, json, emptyJson],
    refused: [untyped, text],
  },
  {
    name: "any text",
    input: { contentType: "text/*" },
    accepted: [none, text, ["text/html", 5], ["TEXT/PLAIN", 5]],
    refused: [untyped, json, ["text", 5], ["texts/plain", 5]],
  },
  {
    name: "JSON with a schema",
    input: { contentType: "application/json", jsonSchema: anySchema },
    accepted: [none, json],
    refused: [untyped, emptyJson, text],
  },
  {
    name: "JSON, required",
    input: { required: true, contentType: "application/json" },
    accepted: [json, emptyJson],
    refused: [none, untyped, text],
  },
  {
    name: "JSON with a schema, required",
    input: { required: true, contentType: "application/json", jsonSchema: anySchema },
    accepted: [json],
    refused: [none, emptyJson, untyped, text],
  },
  {
    name: "anything, required",
    input: { required: true, contentType: "*/*" },
    accepted: [json, emptyJson, text],
    refused: [none, untyped],
  },
  {
    name: "no body",
    input: {},
    accepted: [none],
    refused: [untyped, json, emptyJson],
  },
  {
    name: "no body, required or not",
    input: { required: true },
    accepted: [none],
    refused: [untyped, json, emptyJson],
  },
];

describe.each(table)("a handler that takes $name", ({ input, accepted, refused }) => {
  it.each(accepted)("accepts %s with %i bytes", (...sent) => {
    expect(problem(input, sent)).toBeUndefined();
  });

  it.each(refused)("refuses %s with %i bytes", (...sent) => {
    expect(problem(input, sent)).toBeDefined();
  });
});

it("ignores case, parameters and blanks of a content type", () => {
  const input: InputManifest = { contentType: "Application/JSON" };
  for (const type of [
    "application/json; charset=utf-8",
    "APPLICATION/json",
    " application/json ;q=1",
  ]) {
    expect(problem(input, [type, 5]), type).toBeUndefined();
  }
  const declared: InputManifest = { contentType: "text/plain; charset=utf-8" };
  expect(problem(declared, ["text/plain", 5])).toBeUndefined();
});

it("takes an empty content type for none", () => {
  for (const type of ["", " ", ";charset=utf-8"]) {
    expect(problem({ contentType: "*/*" }, [type, 0])).toBeUndefined();
    expect(problem({ contentType: "*/*" }, [type, 5])).toContain("Empty content-type");
  }
});

it("says what was wrong and what is taken", () => {
  const input: InputManifest = { contentType: "application/json", jsonSchema: anySchema };
  const prefix = "input validation error: ";
  expect(problem(input, untyped)).toBe(
    `${prefix}Empty content-type; the handler takes application/json`,
  );
  expect(problem(input, text)).toBe(
    `${prefix}Content-type text/plain does not match; the handler takes application/json`,
  );
  expect(problem(input, emptyJson)).toBe(`${prefix}Empty body not allowed`);
  expect(problem({}, json)).toBe(
    `${prefix}the handler takes no body: send an empty one without a content-type`,
  );
});
