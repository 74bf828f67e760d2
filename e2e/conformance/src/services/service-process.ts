/**
 * Serves services of the suite:
 *
 *     service-process.ts <reference|rejoin> <http2|http1> <port>
 *
 * Port 0 is any free one. Variables: `SERVICES` selects services, see `createServices`;
 * `E2E_REQUEST_SIGNING` is the key of the one server whose requests are taken; `CONFORMANCE_LOGS`
 * shows what the SDK logs. Tells its parent where it listens and what it lacks, and ends with it.
 */
import { createServer as createHttp1Server, type RequestListener } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { createServices } from "./catalogue.ts";
import type { Sdk } from "./sdk.ts";

/** What the parent is told. */
export interface ServiceProcessReady {
  readonly port: number;
  readonly lacking: Readonly<Record<string, string>>;
}

const [sdkName = "", transport = "", port = "0"] = process.argv.slice(2);
const modules = { reference: "@restatedev/restate-sdk", rejoin: "@rejoin/sdk" } as const;
// Ours has the reference's interface, as far as it goes; what it lacks is asked for by name.
const sdk = (await import(modules[sdkName as keyof typeof modules])) as Sdk;

const { SERVICES, CONFORMANCE_LOGS, E2E_REQUEST_SIGNING: key } = process.env;
const { definitions, lacking } = createServices(sdk, SERVICES);
const createHandler = (identityKeys: readonly string[]) =>
  sdk.createEndpointHandler({
    services: [...definitions],
    identityKeys: [...identityKeys],
    ...(CONFORMANCE_LOGS === undefined ? { logger: () => undefined } : {}),
  });
const handler = createHandler(key === undefined ? [] : [key]);
const server =
  transport === "http1"
    ? createHttp1Server(handler as RequestListener)
    : createHttp2Server(handler);

server.listen(Number(port), "127.0.0.1", () => {
  const ready: ServiceProcessReady = {
    port: (server.address() as AddressInfo).port,
    lacking: { ...lacking, ...findMissingIdentity() },
  };
  process.send?.(ready);
});

/** Whether the SDK can tell who sends a request. */
function findMissingIdentity(): { identityKeys?: string } {
  try {
    createHandler([`publickeyv1_${"1".repeat(32)}`]);
    return {};
  } catch (error) {
    return { identityKeys: (error as Error).message };
  }
}

process.on("disconnect", () => process.exit());
