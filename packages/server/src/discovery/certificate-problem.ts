/** What it means for a user when TLS does not accept the certificate of an endpoint. */

const TRUST = "have the server trust its authority: NODE_EXTRA_CA_CERTS=<file.pem> when it starts";

/** In the words of the library of TLS: what is wrong, and what can be done. */
const PROBLEMS: Readonly<Record<string, readonly [problem: string, advice: string]>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: ["is signed by itself", TRUST],
  SELF_SIGNED_CERT_IN_CHAIN: ["comes from an authority that is not trusted", TRUST],
  UNABLE_TO_GET_ISSUER_CERT: ["comes from an authority that is not known", TRUST],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ["comes from an authority that is not known", TRUST],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ["comes from an authority that is not known", TRUST],
  CERT_HAS_EXPIRED: ["has expired", "renew it"],
  CERT_NOT_YET_VALID: ["is not valid yet", "check the clocks of both sides"],
  CERT_REVOKED: ["is revoked", "renew it"],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    "is for another host",
    "register the deployment at a name that the certificate has",
  ],
};

/** As the end of a sentence; `undefined` if the error with that code is about something else. */
export function certificateProblem(code: string | undefined, text: string): string | undefined {
  const found = code === undefined ? undefined : PROBLEMS[code];
  if (found === undefined) return undefined;
  const [problem, advice] = found;
  return `its certificate ${problem} (${text}); ${advice}`;
}
