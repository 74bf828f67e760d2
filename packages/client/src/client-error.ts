/** What both clients reject with if there is no answer, or none that can be read. */

/**
 * - `unreachable`: there was no answer; whether the request was carried out is unknown
 * - `refused`: the server answered with an error status
 * - `malformed`: something answered that is no Rejoin server, or one that does not fit this client
 */
export type ClientErrorKind = "unreachable" | "refused" | "malformed";

export interface ClientErrorDetails {
  readonly kind: ClientErrorKind;
  /** Where the request went. */
  readonly url: string;
  /** The HTTP status, if there was an answer. */
  readonly status?: number;
  /** A code of the catalogue, such as `META0006`, if the server gave one. */
  readonly restateCode?: string;
  readonly cause?: unknown;
}

/** What every method of the clients rejects with; its message can be shown to a person as it is. */
export class ClientError extends Error {
  override readonly name = "ClientError";
  readonly kind: ClientErrorKind;
  readonly url: string;
  readonly status: number | undefined;
  readonly restateCode: string | undefined;

  constructor(message: string, details: ClientErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.kind = details.kind;
    this.url = details.url;
    this.status = details.status;
    this.restateCode = details.restateCode;
  }
}
