/** The headers of a server's requests, from its options. */
import type { Ports } from "../ports/ports.ts";
import { OutgoingHeaders } from "./outgoing-headers.ts";
import type { OutgoingOptions } from "./outgoing-options.ts";
import { RequestIdentity } from "./request-identity.ts";

/** Throws an `OutgoingHeadersError` if one of the additional headers must not be sent. */
export function createOutgoingHeaders(
  options: OutgoingOptions,
  { clock }: Pick<Ports, "clock">,
): OutgoingHeaders {
  const { additionalHeaders, identityKey, identityExpirationMs } = options;
  if (identityKey === undefined) return new OutgoingHeaders(additionalHeaders);
  const identity = new RequestIdentity(identityKey, clock, identityExpirationMs);
  return new OutgoingHeaders(additionalHeaders, identity);
}
