/**
 * A server with every service of the suite in its own process, all on our SDK:
 *
 *     embedded-server.ts <options of the server, as JSON>
 *
 * `CONFORMANCE_LOGS` shows what the SDK logs. Tells its parent what the SDK lacks, and ends with it.
 */
import * as rejoin from "@rejoin/sdk";
import { type StartOptions, start } from "@rejoin/server";
import { createServices } from "./catalogue.ts";
import type { Sdk } from "./sdk.ts";

/** What a cell says of the server; the services are always the same. */
export type EmbeddedServerOptions = Omit<StartOptions, "services" | "logger" | "log" | "tracing">;

/** What the parent is told. */
export interface EmbeddedServerReady {
  readonly lacking: Readonly<Record<string, string>>;
}

const [json = "{}"] = process.argv.slice(2);
const options = JSON.parse(json) as EmbeddedServerOptions;
// Ours has the reference's interface, as far as it goes; what it lacks is asked for by name.
const { definitions, lacking } = createServices(rejoin as unknown as Sdk);
const server = await start({
  ...options,
  services: definitions as unknown as StartOptions["services"],
  ...(process.env.CONFORMANCE_LOGS === undefined ? { logger: () => undefined } : {}),
});
const ready: EmbeddedServerReady = { lacking };
process.send?.(ready);

process.once("SIGTERM", () => void server.close().finally(() => process.exit()));
process.on("disconnect", () => process.exit());
