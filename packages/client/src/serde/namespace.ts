/** The serdes that come with the client; exported as the namespace `serde`. */
import type { Serde } from "./serde.ts";

export { schema } from "./standard-schema.ts";

const NO_BYTES = new Uint8Array(0);
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** JSON text. `undefined` is the empty payload, both ways. */
export class JsonSerde<T> implements Serde<T> {
  readonly contentType = "application/json";
  readonly jsonSchema?: object;

  constructor(jsonSchema?: object) {
    if (jsonSchema !== undefined) this.jsonSchema = jsonSchema;
  }

  serialize(value: T): Uint8Array {
    // A function or a symbol has no JSON text: it is treated as `undefined`.
    const text = JSON.stringify(value) as string | undefined;
    return text === undefined ? NO_BYTES : encoder.encode(text);
  }

  deserialize(data: Uint8Array): T {
    if (data.length === 0) return undefined as T;
    return JSON.parse(decoder.decode(data)) as T;
  }

  /** A JSON serde that carries `schema`. Deprecated: pass it to the constructor. */
  schema<U>(schema: object): Serde<U> {
    return new JsonSerde<U>(schema);
  }
}

/** The default for inputs and outputs. */
// biome-ignore lint/suspicious/noExplicitAny: one instance serves all types
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
    if (value !== undefined) throw new Error("serde.empty takes undefined only");
    return NO_BYTES;
  },
  deserialize(data) {
    if (data.length === 0) return;
    throw new Error(`expected an empty payload, but it has ${data.length} bytes`);
  },
};
