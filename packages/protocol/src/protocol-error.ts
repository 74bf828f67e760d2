/**
 * What can be wrong with bytes that claim to be the service protocol: one closed table, one class.
 */

/** Every {@link ProtocolError} code: the catalogue code it is reported as, and what it means. */
export const PROTOCOL_ERRORS = {
  TRUNCATED: { reportedAs: "RT0012", meaning: "the body ends inside a field" },
  INVALID_VARINT: { reportedAs: "RT0012", meaning: "a varint does not fit 64 bits" },
  INVALID_TAG: { reportedAs: "RT0012", meaning: "a field number or wire type that cannot exist" },
  INVALID_LENGTH: { reportedAs: "RT0012", meaning: "a length points past the end" },
  WRONG_WIRE_TYPE: { reportedAs: "RT0012", meaning: "a known field has another wire type" },
  INVALID_UTF8: { reportedAs: "RT0012", meaning: "a string is not valid UTF-8" },
  NUMBER_OUT_OF_RANGE: { reportedAs: "RT0012", meaning: "a number does not fit its field" },
  MISSING_FIELD: { reportedAs: "RT0012", meaning: "a required field is absent" },
  INVALID_RESULT: { reportedAs: "RT0012", meaning: "a result that the message cannot carry" },
  FUTURE_TOO_DEEP: { reportedAs: "RT0025", meaning: "an awaited tree is nested too deeply" },
  TOO_MANY_ELEMENTS: { reportedAs: "RT0012", meaning: "a message repeats fields too often" },
  UNKNOWN_MESSAGE: { reportedAs: "RT0012", meaning: "a message type that no version defines" },
  CUSTOM_MESSAGE: { reportedAs: "RT0012", meaning: "a message type of the custom range" },
  UNSUPPORTED_VERSION: { reportedAs: "RT0012", meaning: "a message of a later protocol version" },
  FRAME_TOO_LARGE: { reportedAs: "RT0003", meaning: "a frame exceeds the message size limit" },
  TRUNCATED_FRAME: { reportedAs: "RT0012", meaning: "the stream ends inside a frame" },
} as const;

/** A code of {@link PROTOCOL_ERRORS}. */
export type ProtocolErrorCode = keyof typeof PROTOCOL_ERRORS;

/** The peer broke the service protocol, or a caller asked to encode what the protocol cannot say. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  readonly code: ProtocolErrorCode;

  constructor(code: ProtocolErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }

  /** The catalogue code under which an operator sees this error. */
  get reportedAs(): "RT0003" | "RT0012" | "RT0025" {
    return PROTOCOL_ERRORS[this.code].reportedAs;
  }
}
