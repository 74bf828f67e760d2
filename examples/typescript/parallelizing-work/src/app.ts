/** Serves the worker on port 9080, for a server that runs on its own. */
import { serve } from "@rejoin/sdk";
import { fanOutWorker } from "./worker.ts";

await serve({
  services: [fanOutWorker],
  port: 9080,
});
