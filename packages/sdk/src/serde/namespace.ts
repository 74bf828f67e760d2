/** The serdes that come with the SDK; exported as the namespace `serde`. */
import type { Serde } from "./serde.ts";
import { decodeText, encodeText } from "./text.ts";

export { schema } from "./standard-schema.ts";

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
    // A function or a symbol has no JSON text: it is treated as `undefined`.
    return encodeText(JSON.stringify(value) ?? "");
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

/** The default for inputs, outputs and results. */
// biome-ignore lint/suspicious/noExplicitAny: one instance serves all types, as in the reference
export const json: JsonSerde<any> = new JsonSerde();

/** Bytes as they are. */
export const binary: Serde<Uint8Array> = {
  contentType: "application/octet-stream",
  serialize: (value) => value,
  deserialize: (data) => data,
};

/** No payload at all. */
export const empty: Serde<void> = {
  serialize(value) {
    if (value !== undefined) throw new Error("Expected undefined value");
    return NO_BYTES;
  },
  deserialize(data) {
    if (data.length !== 0) throw new Error("Expected empty data");
  },
};
