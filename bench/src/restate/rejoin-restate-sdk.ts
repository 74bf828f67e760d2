/** The reference SDK, driven by our server. */
import { SERVER_FACTS, startRejoinServer, takesServer } from "../target/rejoin.ts";
import type { Target } from "../target/target.ts";
import { openTwoProcesses } from "../target/two-processes.ts";
import { ensureInstalled, SDK_VERSION } from "./install.ts";
import { startReferenceServices } from "./services.ts";

/** Installs the SDK if it is not there. */
export async function createRejoinRestateSdkTarget(): Promise<Target> {
  const installation = await ensureInstalled();
  const sides = {
    startServices: startReferenceServices.bind(undefined, installation),
    startServer: startRejoinServer,
  };
  return {
    name: "rejoin-restate-sdk",
    facts: {
      ...SERVER_FACTS,
      sdk: `the reference one, ${SDK_VERSION}`,
      mode: "a server process and a service process, HTTP/2 between them",
    },
    supports: takesServer,
    open: (context) => openTwoProcesses(sides, context),
  };
}
