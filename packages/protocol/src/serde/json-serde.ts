/** The serde for JSON, and why it could not write a value. */
import type { Serde } from "./serde.ts";
import { decodeText, encodeText } from "./text.ts";

const NO_BYTES = new Uint8Array(0);

/** JSON text. `undefined` is the empty payload, both ways. */
export class JsonSerde<T> implements Serde<T> {
  readonly contentType = "application/json";
  readonly jsonSchema?: object;

  constructor(jsonSchema?: object) {
    if (jsonSchema !== undefined) this.jsonSchema = jsonSchema;
  }

  serialize(value: T): Uint8Array {
    if (value === undefined) return NO_BYTES;
    return encodeText(toJsonText(value));
  }

  deserialize(data: Uint8Array): T {
    if (data.length === 0) return undefined as T;
    return JSON.parse(decodeText(data)) as T;
  }

  /** A JSON serde that announces `schema`. Deprecated. */
  schema<U>(schema: object): Serde<U> {
    return new JsonSerde<U>(schema);
  }
}

function toJsonText(value: unknown): string {
  try {
    // A function or a symbol has no JSON text: it is treated as `undefined`.
    return JSON.stringify(value) ?? "";
  } catch (error) {
    throw explainJsonFailure(value, error);
  }
}

/** The default for inputs, outputs and results. */
// biome-ignore lint/suspicious/noExplicitAny: one instance serves all types, as in the reference
export const jsonSerde: JsonSerde<any> = new JsonSerde();

/** How deep a value is searched for what JSON cannot carry. */
const DEPTH_MAX = 50;

/** Why JSON cannot carry `value`, after it has turned out not to. */
function explainJsonFailure(value: unknown, thrown: unknown): TypeError {
  const found = findOffender(value, "$", []);
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const text = found === undefined ? `it has no JSON text: ${message}` : found;
  return new TypeError(`${text}; give what JSON can carry, or use another serde`, {
    cause: thrown,
  });
}

function findOffender(value: unknown, path: string, above: readonly unknown[]): string | undefined {
  if (typeof value === "bigint") return `${path} is a BigInt, for which JSON has no form`;
  if (typeof value !== "object" || value === null || above.length > DEPTH_MAX) return undefined;
  const circle = above.indexOf(value);
  if (circle >= 0) return `${path} leads back to an object that contains it`;
  // What has a form of its own for JSON is not looked into.
  if ("toJSON" in value && typeof value.toJSON === "function") return undefined;
  for (const [key, child] of Object.entries(value)) {
    const at = Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`;
    const found = findOffender(child, at, [...above, value]);
    if (found !== undefined) return found;
  }
  return undefined;
}
