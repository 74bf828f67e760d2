/** Serves the tools of `support/tools-service.ts` on a port: `serve-tools-http <port>`. */
import { serve } from "@rejoin/sdk";
import { onParentGone, printLine } from "../support/program-output.ts";
import { tools } from "../support/tools-service.ts";

const [port = ""] = process.argv.slice(2);

onParentGone(async () => undefined);
await serve({ services: [tools], port: Number(port), logger: () => undefined });
printLine("ready");
