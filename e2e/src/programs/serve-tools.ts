/** Serves the tools of `support/tools-service.ts` from a data directory: `serve-tools <directory>`. */
import { start } from "@rejoin/server";
import { onParentGone, printLine } from "../support/program-output.ts";
import { tools } from "../support/tools-service.ts";

const [dataDir = ""] = process.argv.slice(2);

try {
  const server = await start({ services: [tools], dataDir, name: "tools" });
  onParentGone(() => server.close());
  printLine("ready", { ingressUrl: server.ingressUrl });
} catch (error) {
  const { message, code } = error as Error & { code?: unknown };
  printLine("refused", { message, code });
}
