/** The engine with `support/pid-service.ts` embedded in it: `embedded-pids <data directory>`. */
import { start } from "@rejoin/server";
import { pids } from "../support/pid-service.ts";
import { onParentGone, printLine } from "../support/program-output.ts";

const [dataDir = ""] = process.argv.slice(2);
const server = await start({
  services: [pids],
  dataDir,
  name: "main",
  defaults: { inactivityTimeoutMs: 50 },
});
onParentGone(() => server.close());
const { ingressUrl, adminUrl } = server;
printLine("ready", { ingressUrl, adminUrl, pid: process.pid });
