/**
 * Serves `support/pid-service.ts` and prints a line for each stream of an attempt that opens or
 * closes, with how many are open then: `counted-streams <port>`.
 */
import { createServer } from "node:http2";
import { createEndpointHandler } from "@rejoin/sdk";
import { pids } from "../support/pid-service.ts";
import { onParentGone, printLine } from "../support/program-output.ts";

const port = Number(process.argv[2]);
const server = createServer(createEndpointHandler({ services: [pids], logger: () => undefined }));
let open = 0;

server.on("stream", (stream, { ":path": path = "" }) => {
  if (!path.startsWith("/invoke/")) return;
  open += 1;
  printLine("opened", { open, path });
  stream.once("close", () => {
    open -= 1;
    printLine("closed", { open, path });
  });
});
server.listen(port, () => printLine("ready", { pid: process.pid }));
onParentGone(async () => void server.close());
