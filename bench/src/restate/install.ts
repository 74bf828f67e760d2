/**
 * Installs the reference server and SDK aside: some 220 MB. The server's licence (BSL) allows
 * running it as a yardstick.
 */
import { installAside } from "../peers/npm-aside.ts";

export const SERVER_VERSION = "1.7.12";
export const SDK_VERSION = "1.17.2";

const PACKAGES = [
  `@restatedev/restate-server@${SERVER_VERSION}`,
  `@restatedev/restate-sdk@${SDK_VERSION}`,
];

export interface Installation {
  readonly serverBinary: string;
  /** The SDK's main module, to be imported. */
  readonly sdkModule: string;
}

/** Finds the installation, or makes it. */
export async function ensureInstalled(): Promise<Installation> {
  const name = `restate-${SERVER_VERSION}-sdk-${SDK_VERSION}`;
  const require = await installAside(name, PACKAGES);
  return {
    serverBinary: require.resolve(`${platformPackage()}/bin/restate-server`),
    sdkModule: require.resolve("@restatedev/restate-sdk"),
  };
}

function platformPackage(): string {
  return `@restatedev/restate-server-${process.platform}-${process.arch}`;
}
