/**
 * The keywords of JSON Schema and what their values must be, after the meta-schema of draft 2020-12.
 * Keywords that are not listed mean nothing, and may be anything.
 */

/** Where schemas are within the value of a keyword. */
export type Nesting = "schema" | "schemas" | "schemaMap" | "none";

export interface Keyword {
  readonly nesting: Nesting;
  /** Why `value` cannot be the keyword's; `undefined` if it can. */
  readonly problemOf: (value: unknown) => string | undefined;
}

const TYPES = ["array", "boolean", "integer", "null", "number", "object", "string"];

const isSchema = (value: unknown) => typeof value === "boolean" || isObject(value);
const isString = (value: unknown) => typeof value === "string";
const isNumber = (value: unknown) => typeof value === "number";
const isCount = (value: unknown) => Number.isInteger(value) && (value as number) >= 0;
const isType = (value: unknown) => TYPES.some((type) => type === value);

/** A JSON object. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function keyword(
  expected: string,
  fits: (value: unknown) => boolean,
  nesting: Nesting = "none",
): Keyword {
  const problemOf = (value: unknown) =>
    fits(value) ? undefined : `${excerpt(value)} is not ${expected}`;
  return { nesting, problemOf };
}

const SCHEMA = keyword("a schema, which is an object or a boolean", isSchema, "schema");
const SCHEMAS = keyword(
  "a list of schemas with at least one",
  (value) => Array.isArray(value) && value.length > 0 && value.every(isSchema),
  "schemas",
);
const SCHEMA_MAP = keyword(
  "an object of schemas",
  (value) => isObject(value) && Object.values(value).every(isSchema),
  "schemaMap",
);
const STRING = keyword("a string", isString);
const BOOLEAN = keyword("a boolean", (value) => typeof value === "boolean");
const NUMBER = keyword("a number", isNumber);
const COUNT = keyword("a whole number, at least 0", isCount);
const LIST = keyword("a list", Array.isArray);
const NAMES = keyword("a list of different strings", areNames);
const TYPE = keyword(
  `one of ${TYPES.join(", ")}, or a list of different ones`,
  (value) => isType(value) || (areNames(value) && value.length > 0 && value.every(isType)),
);
export const KEYWORDS: ReadonlyMap<string, Keyword> = new Map([
  ["$id", STRING],
  ["$ref", STRING],
  ["$dynamicRef", STRING],
  ["$anchor", STRING],
  ["$dynamicAnchor", STRING],
  ["$comment", STRING],
  ["$defs", SCHEMA_MAP],
  ["definitions", SCHEMA_MAP],
  ["title", STRING],
  ["description", STRING],
  ["deprecated", BOOLEAN],
  ["readOnly", BOOLEAN],
  ["writeOnly", BOOLEAN],
  ["examples", LIST],
  ["type", TYPE],
  ["enum", LIST],
  ["allOf", SCHEMAS],
  ["anyOf", SCHEMAS],
  ["oneOf", SCHEMAS],
  ["not", SCHEMA],
  ["if", SCHEMA],
  ["then", SCHEMA],
  ["else", SCHEMA],
  ["properties", SCHEMA_MAP],
  ["patternProperties", { ...SCHEMA_MAP, problemOf: problemOfPatterns }],
  ["additionalProperties", SCHEMA],
  ["unevaluatedProperties", SCHEMA],
  ["propertyNames", SCHEMA],
  ["dependentSchemas", SCHEMA_MAP],
  [
    "dependentRequired",
    keyword(
      "an object of lists of names",
      (value) => isObject(value) && Object.values(value).every(areNames),
    ),
  ],
  ["required", NAMES],
  ["minProperties", COUNT],
  ["maxProperties", COUNT],
  ["items", SCHEMA],
  ["prefixItems", SCHEMAS],
  ["unevaluatedItems", SCHEMA],
  ["contains", SCHEMA],
  ["minContains", COUNT],
  ["maxContains", COUNT],
  ["minItems", COUNT],
  ["maxItems", COUNT],
  ["uniqueItems", BOOLEAN],
  ["pattern", { nesting: "none", problemOf: problemOfPattern }],
  ["format", STRING],
  ["minLength", COUNT],
  ["maxLength", COUNT],
  ["contentEncoding", STRING],
  ["contentMediaType", STRING],
  ["contentSchema", SCHEMA],
  ["minimum", NUMBER],
  ["maximum", NUMBER],
  ["exclusiveMinimum", NUMBER],
  ["exclusiveMaximum", NUMBER],
  ["multipleOf", keyword("a number above 0", (value) => isNumber(value) && (value as number) > 0)],
]);

/** What older drafts allow instead. */
export const OLDER_KEYWORDS: ReadonlyMap<string, Keyword> = new Map([
  ["items", keyword("a schema or a list of schemas", isSchemaOrList, "schemas")],
  ["additionalItems", SCHEMA],
  ["exclusiveMinimum", keyword("a number or a boolean", isNumberOrBoolean)],
  ["exclusiveMaximum", keyword("a number or a boolean", isNumberOrBoolean)],
]);

/** The start of a value as a message shows it. */
export function excerpt(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function areNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isString) && new Set(value).size === value.length;
}

function isSchemaOrList(value: unknown): boolean {
  return isSchema(value) || (Array.isArray(value) && value.every(isSchema));
}

function isNumberOrBoolean(value: unknown): boolean {
  return isNumber(value) || typeof value === "boolean";
}

function problemOfPatterns(value: unknown): string | undefined {
  const problem = SCHEMA_MAP.problemOf(value);
  if (problem !== undefined || !isObject(value)) return problem;
  return Object.keys(value).map(problemOfPattern).find(isString);
}

function problemOfPattern(value: unknown): string | undefined {
  if (typeof value !== "string") return `${excerpt(value)} is not a string`;
  try {
    new RegExp(value, "u");
    return undefined;
  } catch {
    return `${excerpt(value)} is not a regular expression`;
  }
}
