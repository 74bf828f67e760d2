/** A serde whose bytes are no JSON, so that nobody can take one for the other. */

export const LOUD_TYPE = "application/x-loud";
const PREFIX = "LOUD ";

export const loud = {
  contentType: LOUD_TYPE,
  serialize: (value: unknown): Uint8Array =>
    new TextEncoder().encode(PREFIX + JSON.stringify(value ?? null)),
  deserialize: (bytes: Uint8Array): unknown => {
    const text = new TextDecoder().decode(bytes);
    if (!text.startsWith(PREFIX)) throw new TypeError(`not loud: ${text}`);
    return JSON.parse(text.slice(PREFIX.length));
  },
};

/** The same, shown to people. */
export const shown = {
  ...loud,
  preview: {
    toJsonString: (value: unknown): string => JSON.stringify(value),
    fromJsonString: (text: string): unknown => JSON.parse(text),
  },
};

/** JSON, as a serde that a call names itself. */
export function plain<T>() {
  return {
    contentType: "application/json",
    serialize: (value: T): Uint8Array => new TextEncoder().encode(JSON.stringify(value)),
    deserialize: (bytes: Uint8Array): T => JSON.parse(new TextDecoder().decode(bytes)) as T,
  };
}
