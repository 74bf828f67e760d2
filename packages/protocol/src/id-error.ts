/** Every {@link IdError} code and its text. */
export const ID_ERRORS = {
  BAD_FORMAT: "bad format",
  UNRECOGNIZED_TYPE: "unrecognized resource type",
  UNRECOGNIZED_VERSION: "unrecognized codec version",
  WRONG_TYPE: "id doesn't match the expected type",
  BAD_LENGTH: "bad length",
  BAD_BASE62: "base62 decode error",
  BAD_BASE64: "base64 decode error",
} as const;

/** A code of {@link ID_ERRORS}. */
export type IdErrorCode = keyof typeof ID_ERRORS;

/** A text is not the id that it should be. The message is the code's text, without the id. */
export class IdError extends Error {
  override readonly name = "IdError";
  readonly code: IdErrorCode;

  constructor(code: IdErrorCode, detail?: string) {
    super(detail === undefined ? ID_ERRORS[code] : `${ID_ERRORS[code]}: ${detail}`);
    this.code = code;
  }
}
