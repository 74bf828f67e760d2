/**
 * A form from a JSON schema: for an object whose members are simple values. Everything else is written
 * as JSON, for which the schema gives an example to begin with.
 */

export interface SchemaField {
  readonly name: string;
  readonly label: string;
  readonly kind: "text" | "number" | "boolean" | "choice" | "json";
  readonly isRequired: boolean;
  readonly description?: string;
  readonly choices?: readonly unknown[];
  /** What it begins with, as text. */
  readonly initial: string;
}

type Schema = Readonly<Record<string, unknown>>;

const DEPTH_MAX = 8;

/** The fields of a form; `undefined` if the schema is not of an object. */
export function toFields(schema: unknown): readonly SchemaField[] | undefined {
  const root = resolve(schema, schema, 0);
  if (root === undefined || !isOf(root, "object") || !isSchema(root.properties)) return undefined;
  const required = Array.isArray(root.required) ? root.required : [];
  return Object.entries(root.properties).map(([name, member]) => {
    const own = resolve(schema, member, 0) ?? {};
    return toField(name, own, required.includes(name));
  });
}

/** The object that a form says; `errors` are by the names of fields. */
export function fromFields(
  fields: readonly SchemaField[],
  texts: Readonly<Record<string, string>>,
): { readonly value: Record<string, unknown>; readonly errors: Record<string, string> } {
  const value: Record<string, unknown> = {};
  const errors: Record<string, string> = {};
  for (const field of fields) {
    const text = texts[field.name] ?? field.initial;
    if (text === "" && !(field.kind === "text" && field.isRequired)) {
      if (field.isRequired) errors[field.name] = "is needed";
      continue;
    }
    try {
      value[field.name] = parseField(field, text);
    } catch (error) {
      errors[field.name] = error instanceof Error ? error.message : String(error);
    }
  }
  return { value, errors };
}

/** A value that fits the schema, to begin with. */
export function exampleOf(schema: unknown): unknown {
  return example(schema, schema, 0);
}

function toField(name: string, schema: Schema, isRequired: boolean): SchemaField {
  const { title, description, default: initial } = schema;
  const choices = choicesOf(schema);
  return {
    name,
    label: typeof title === "string" ? title : name,
    kind: kindOf(schema, choices),
    isRequired,
    ...(typeof description === "string" ? { description } : {}),
    ...(choices === undefined ? {} : { choices }),
    initial: initial === undefined ? "" : toText(initial),
  };
}

function kindOf(schema: Schema, choices: readonly unknown[] | undefined): SchemaField["kind"] {
  if (choices !== undefined) return "choice";
  if (isOf(schema, "string")) return "text";
  if (isOf(schema, "number") || isOf(schema, "integer")) return "number";
  return isOf(schema, "boolean") ? "boolean" : "json";
}

function parseField({ kind, choices }: SchemaField, text: string): unknown {
  switch (kind) {
    case "text":
      return text;
    case "number": {
      const value = Number(text);
      if (Number.isNaN(value)) throw new Error("is no number");
      return value;
    }
    case "boolean":
      return text === "true";
    case "choice":
      return choices?.find((choice) => toText(choice) === text);
    case "json":
      return parseJson(text);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`is no JSON: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}

function example(root: unknown, schema: unknown, depth: number): unknown {
  const own = resolve(root, schema, 0);
  if (own === undefined || depth > DEPTH_MAX) return null;
  const given = [own.default, own.const, first(own.examples)].find((value) => value !== undefined);
  if (given !== undefined) return given;
  const choices = choicesOf(own);
  if (choices !== undefined) return choices[0];
  const variant = first(own.anyOf) ?? first(own.oneOf);
  if (variant !== undefined) return example(root, variant, depth + 1);
  if (isOf(own, "object")) {
    const members = isSchema(own.properties) ? Object.entries(own.properties) : [];
    return Object.fromEntries(members.map(([name, of]) => [name, example(root, of, depth + 1)]));
  }
  if (isOf(own, "array"))
    return own.items === undefined ? [] : [example(root, own.items, depth + 1)];
  if (isOf(own, "string")) return "";
  if (isOf(own, "number") || isOf(own, "integer")) return own.minimum ?? 0;
  return isOf(own, "boolean") ? false : null;
}

function choicesOf({ enum: choices }: Schema): readonly unknown[] | undefined {
  return Array.isArray(choices) && choices.length > 0 ? choices : undefined;
}

/** Follows references within the document. */
function resolve(root: unknown, schema: unknown, depth: number): Schema | undefined {
  if (!isSchema(schema) || depth > DEPTH_MAX) return undefined;
  const { $ref, allOf } = schema;
  if (typeof $ref === "string" && $ref.startsWith("#/")) {
    return resolve(root, follow(root, $ref), depth + 1);
  }
  if (!Array.isArray(allOf)) return schema;
  const parts = [schema, ...allOf.map((part) => resolve(root, part, depth + 1) ?? {})];
  const properties = Object.assign({}, ...parts.map((part) => part.properties));
  return { ...Object.assign({}, ...parts), properties };
}

function follow(root: unknown, reference: string): unknown {
  let at = root;
  for (const part of reference.slice(2).split("/")) {
    const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
    at = isSchema(at) ? at[name] : undefined;
  }
  return at;
}

function isOf({ type }: Schema, name: string): boolean {
  return Array.isArray(type) ? type.includes(name) : type === name;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function first(list: unknown): unknown {
  return Array.isArray(list) ? list[0] : undefined;
}

function toText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
