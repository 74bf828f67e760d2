/** How the server proves who it is to a deployment that asks for more than its own signature. */
import { isIP } from "node:net";
import { RegistryError } from "../registry/registry-error.ts";

/** With an identity token of Google, as Cloud Run and Identity-Aware Proxy ask for it. */
export interface GoogleIdTokenAuth {
  readonly kind: "googleIdToken";
  /** Whose token it is; by default that of the server's own service account. */
  readonly impersonateServiceAccount?: string;
  /** For whom it is; by default the origin of the deployment's address. */
  readonly audience?: string;
}

export type DeploymentAuth = GoogleIdTokenAuth;

const ACCOUNT = /^[a-z0-9][a-z0-9._-]*@[a-z0-9.-]+$/i;
const AUDIENCE = /^[!-~]{1,1000}$/;
/** The token is asked for by a URL that holds it. */
const NOT_IN_AUDIENCE = /[&#%"<>\\]/;

/**
 * What `uri` may be asked with. Throws a {@link RegistryError} if that is not well-formed, or if the
 * token would go over a public network in the open.
 */
export function parseDeploymentAuth(
  auth: DeploymentAuth,
  uri: string,
  additionalHeaders: Readonly<Record<string, string>>,
): DeploymentAuth {
  const { impersonateServiceAccount: account, audience } = auth;
  if (account !== undefined && !ACCOUNT.test(account)) {
    const text = `${JSON.stringify(account)} is no service account`;
    throw new RegistryError(400, `${text}, such as invoker@project.iam.gserviceaccount.com`);
  }
  if (audience !== undefined && (!AUDIENCE.test(audience) || NOT_IN_AUDIENCE.test(audience))) {
    const text = `${JSON.stringify(audience)} is no audience of an identity token`;
    throw new RegistryError(400, `${text}, such as https://orders-abc.run.app`);
  }
  if ("authorization" in additionalHeaders) {
    const text = "auth and the additional header authorization are both given";
    throw new RegistryError(400, `${text}: the token is sent in that header, so leave one out`);
  }
  const { protocol, hostname } = new URL(uri);
  if (protocol === "https:" || isPrivate(hostname)) return auth;
  const text = `tokens are not sent to ${uri} without TLS: it is no private host`;
  throw new RegistryError(400, `${text}; register it with https`);
}

const PRIVATE_NAME = /^[^.]+$|(?:^|\.)(?:localhost|local|internal|svc)$/;
const PRIVATE_IPV4 =
  /^(?:127|10)\.|^192\.168\.|^172\.(?:1[6-9]|2\d|3[01])\.|^169\.254\.|^100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./;
const PRIVATE_IPV6 = /^(?:::1$|f[cd]|fe[89ab])/;

function isPrivate(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/^\[|\]$|\.$/g, "");
  switch (isIP(host)) {
    case 4:
      return PRIVATE_IPV4.test(host);
    case 6:
      return PRIVATE_IPV6.test(host);
    default:
      return PRIVATE_NAME.test(host);
  }
}
