/** How values become bytes and back, for services and for their clients. */

/** Converts values of `T` for the journal and the wire. Both functions may throw. */
export interface Serde<T> {
  /** Announced in discovery, and sent as `content-type`; none means "no body". */
  contentType?: string;
  jsonSchema?: object;
  /** Converts to and from text for operators' tools. */
  preview?: {
    toJsonString(value: T): Promise<string> | string;
    fromJsonString(json: string): Promise<T> | T;
  };
  serialize(value: T): Uint8Array;
  deserialize(data: Uint8Array): T;
}
