/** A codec of the user's for all payloads. */

/**
 * Wraps payloads, for instance to encrypt them: `encode` what a serde has made, `decode` what it is
 * to read. Services and their clients must use the same one. An input that cannot be decoded fails
 * the invocation, unless a `RetryableError` is thrown; anything else ends the attempt. Experimental.
 */
export type JournalValueCodec = {
  /** Empty payloads pass through it too. */
  encode(bytes: Uint8Array): Uint8Array;
  decode(bytes: Uint8Array): Promise<Uint8Array>;
};
