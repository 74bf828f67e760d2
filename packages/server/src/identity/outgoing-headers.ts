/** The headers that every request to an endpoint has, whatever it asks and however it travels. */
import { HEADERS } from "@rejoin/protocol";
import { parseAdditionalHeaders } from "../registry/address.ts";
import type { RequestIdentity } from "./request-identity.ts";

type Headers = Readonly<Record<string, string>>;

const SIGNATURE_SCHEME = "v1";

export class OutgoingHeaders {
  private readonly additional: Headers;
  private readonly identity: RequestIdentity | undefined;

  /** Throws an {@link OutgoingHeadersError} if one of `additional` must not be sent. */
  constructor(additional: Headers, identity?: RequestIdentity) {
    const { [HEADERS.clusterName]: cluster, ...others } = lowerCased(additional);
    const named = cluster === undefined ? {} : { [HEADERS.clusterName]: cluster };
    this.additional = { ...named, ...parse(others) };
    this.identity = identity;
  }

  /**
   * For a request to `path`, without the prefix of the deployment's address; `subject` is the key of
   * a keyed target, else "". What the deployment wants wins over what all of them are sent.
   */
  of(path: string, subject: string, ofDeployment: Headers): Record<string, string> {
    return { ...this.additional, ...ofDeployment, ...this.signature(path, subject) };
  }

  private signature(path: string, subject: string): Headers {
    if (this.identity === undefined) return {};
    return {
      [HEADERS.signatureScheme]: SIGNATURE_SCHEME,
      [HEADERS.identityToken]: this.identity.tokenFor(path, subject),
    };
  }
}

/** A header that all requests should have and none may; the message names it. */
export class OutgoingHeadersError extends Error {
  override readonly name = "OutgoingHeadersError";
  readonly code = "ADDITIONAL_HEADERS";
}

function parse(headers: Headers): Headers {
  try {
    return parseAdditionalHeaders(headers);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OutgoingHeadersError(`requests to deployments cannot be made: ${reason}`, { cause });
  }
}

function lowerCased(headers: Headers): Headers {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}
