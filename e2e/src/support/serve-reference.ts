/** The program's side of `reference-program.ts`. */
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { createEndpointHandler } from "@restatedev/restate-sdk";
import { onParentGone, printLine } from "./program-output.ts";

type Definitions = Parameters<typeof createEndpointHandler>[0]["services"];

/** Serves on any free port, says where, and ends with the parent. */
export function serveReference(...services: Definitions): void {
  onParentGone(async () => undefined);
  const server = createServer(createEndpointHandler({ services, logger: () => undefined }));
  server.listen(0, "127.0.0.1", () => {
    const { port } = server.address() as AddressInfo;
    printLine("ready", { uri: `http://127.0.0.1:${port}` });
  });
}
