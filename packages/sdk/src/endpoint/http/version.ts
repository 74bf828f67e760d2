/** What this SDK calls itself. */

/** The version of this package, as its `package.json` says. */
export const SDK_VERSION = "0.1.0";

/** The value of the header `x-restate-server`. */
export const SERVER_NAME = `rejoin-sdk-typescript/${SDK_VERSION}`;
