/** How requests to endpoints are made, as far as users choose it. */
import type { LambdaOptions } from "../lambda/lambda-functions.ts";
import type { IdentityKey } from "./identity-key.ts";

export interface OutgoingOptions {
  /** Sent with every request to every endpoint. */
  readonly additionalHeaders: Readonly<Record<string, string>>;
  /** Signs every request. */
  readonly identityKey: IdentityKey | undefined;
  /** How long a signature is good for. */
  readonly identityExpirationMs: number;
  readonly connectTimeoutMs: number;
  /**
   * Through which proxy deployments are reached, such as `http://user:password@proxy:3128`; directly
   * without one.
   */
  readonly httpProxy: string | undefined;
  /** Hosts that are reached directly all the same; those of this machine always are. */
  readonly noProxy: readonly string[];
  readonly lambda: LambdaOptions;
}

const MIB = 1024 * 1024;

export const DEFAULT_OUTGOING: OutgoingOptions = {
  additionalHeaders: { "x-restate-cluster-name": "localcluster" },
  identityKey: undefined,
  identityExpirationMs: 60_000,
  connectTimeoutMs: 10_000,
  httpProxy: undefined,
  noProxy: [],
  lambda: { profile: undefined, externalId: undefined, compressFromBytes: 4 * MIB },
};
