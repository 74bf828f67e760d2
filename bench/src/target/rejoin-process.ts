/**
 * Our server as a program: on the data directory that the first argument names, with the services
 * of the benchmark in the same process if the second is `embedded`.
 */
import * as sdk from "@rejoin/sdk";
import { createServices } from "../work/services.ts";
import { answerBenchmark } from "./answering.ts";
import { openServer } from "./server.ts";

/** What the program greets with. */
export interface ServerGreeting {
  readonly ingressUrl: string;
  readonly adminUrl: string;
}

const [dataDir = "", mode] = process.argv.slice(2);
const server = await openServer(dataDir, mode === "embedded" ? createServices(sdk) : []);
process.once("SIGTERM", () => void server.close().then(() => process.exit()));
const { ingressUrl, adminUrl } = server;
answerBenchmark({ greeting: { ingressUrl, adminUrl }, counters: server.counters });
