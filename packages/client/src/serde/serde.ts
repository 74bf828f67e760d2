/** How values become bytes and back. A serde of the SDK is one of these too: the shape is all. */

/** Converts values of `T` for the wire. Both functions may throw. */
export interface Serde<T> {
  /** Sent as `content-type`; without it the request has none. */
  contentType?: string;
  jsonSchema?: object;
  /** Converts to and from text for operators' tools; the client has no use for it. */
  preview?: {
    toJsonString(value: T): Promise<string> | string;
    fromJsonString(json: string): Promise<T> | T;
  };
  serialize(value: T): Uint8Array;
  deserialize(data: Uint8Array): T;
}

/**
 * Wraps payloads, for instance to encrypt them: `encode` what a serde has made, `decode` what it is
 * to read. The services must use the same one.
 */
export type JournalValueCodec = {
  /** Empty payloads pass through it too. */
  encode(bytes: Uint8Array): Uint8Array;
  decode(bytes: Uint8Array): Promise<Uint8Array>;
};
