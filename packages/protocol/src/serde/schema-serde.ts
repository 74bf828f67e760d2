/**
 * Serdes of schemas, of whatever library: those that implement Standard Schema
 * (https://standardschema.dev), of which this file has the part that is used.
 */
import type { Serde } from "./serde.ts";
import { decodeText, encodeText } from "./text.ts";

/** A schema that checks values; `Output` is what it makes of them. */
export interface StandardSchemaV1<Input = unknown, Output = Input> {
  readonly "~standard": StandardSchemaProps<Input, Output>;
}

export interface StandardSchemaProps<Input = unknown, Output = Input> {
  readonly version: 1;
  readonly vendor: string;
  readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  readonly validate: (
    value: unknown,
    options?: LibraryOptions | undefined,
  ) => ValidationResult<Output> | Promise<ValidationResult<Output>>;
}

interface LibraryOptions {
  readonly libraryOptions?: Record<string, unknown> | undefined;
}

type ValidationResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly Issue[] };

interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What libraries add that can describe their schemas as JSON schemas. */
interface JsonSchemaProps {
  readonly jsonSchema?: {
    readonly output?: (options: LibraryOptions & { readonly target: string }) => object;
  };
}

/** The type that a schema makes. */
export type InferSchema<S extends StandardSchemaV1> = NonNullable<
  S["~standard"]["types"]
>["output"];

const JSON_SCHEMA_TARGET = "draft-2020-12";
const NO_BYTES = new Uint8Array(0);

/**
 * JSON that is checked against `schema` when it is read, not when it is written. Values that the
 * schema transforms are read as what it makes of them. Schemas that validate asynchronously cannot
 * be used: reading throws a `TypeError` then.
 *
 * @param validateOptions options for the schema's library when it validates
 * @param jsonSchemaOptions options for the library when it describes the schema for discovery
 */
export function schemaSerde<S extends StandardSchemaV1>(
  schema: S,
  validateOptions?: Record<string, unknown>,
  jsonSchemaOptions?: Record<string, unknown>,
): Serde<InferSchema<S>> {
  const { validate } = schema["~standard"];
  const options = validateOptions === undefined ? undefined : { libraryOptions: validateOptions };
  const check = (value: unknown) => validate.call(schema["~standard"], value, options);
  const jsonSchema = describe(schema["~standard"], jsonSchemaOptions);
  return {
    // A schema that is content with nothing is that of a handler without a body.
    ...(accepts(check(undefined)) ? {} : { contentType: "application/json" }),
    ...(jsonSchema === undefined ? {} : { jsonSchema }),
    serialize: (value) =>
      value === undefined ? NO_BYTES : encodeText(JSON.stringify(value) ?? ""),
    deserialize(bytes) {
      const result = check(bytes.length === 0 ? undefined : JSON.parse(decodeText(bytes)));
      return toValue(result) as InferSchema<S>;
    },
  };
}

function toValue<T>(result: ValidationResult<T> | Promise<ValidationResult<T>>): T {
  if (isPromise(result)) {
    throw new TypeError(
      "the schema validates asynchronously, but a serde cannot wait; use a schema without " +
        "asynchronous checks, and check the rest in the handler",
    );
  }
  if (result.issues === undefined) return result.value;
  const lines = result.issues.map(formatIssue);
  throw new TypeError(`Standard schema validation failed:\n${lines.join("\n")}`);
}

function accepts(result: unknown): boolean {
  // What happens to a promise of a failed validation is of no interest.
  if (isPromise(result)) void result.then(undefined, () => undefined);
  return !isPromise(result) && (result as ValidationResult<unknown>).issues === undefined;
}

function isPromise(result: unknown): result is Promise<unknown> {
  return typeof result === "object" && result !== null && "then" in result;
}

/** `undefined` if the library cannot. */
function describe(props: unknown, libraryOptions: Record<string, unknown> | undefined) {
  const { jsonSchema } = props as JsonSchemaProps;
  if (typeof jsonSchema?.output !== "function") return undefined;
  try {
    return jsonSchema.output({ target: JSON_SCHEMA_TARGET, libraryOptions });
  } catch {
    return undefined;
  }
}

function formatIssue({ message, path }: Issue): string {
  if (path === undefined || path.length === 0) return `* ${message}`;
  const keys = path.map((part) => String(typeof part === "object" ? part.key : part));
  return `* (at /${keys.join("/")}) ${message}`;
}
