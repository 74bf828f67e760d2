/** Starts a server, uses it and closes it; then nothing keeps the process alive. */
import { start } from "@rejoin/server";
import { call, send } from "../support/ingress-client.ts";
import { printLine } from "../support/program-output.ts";
import { tools } from "../support/tools-service.ts";

const [dataDir = ""] = process.argv.slice(2);
const server = await start({ services: [tools], dataDir, name: "brief" });
printLine("called", { result: await call(`${server.ingressUrl}/tools/relay`, "hello") });
await send(`${server.ingressUrl}/tools/nap/send`, { body: 60_000 });
await server.close();
printLine("closed");
