/** Serves `support/pid-service.ts` on any free port. */
import { serve } from "@rejoin/sdk";
import { pids } from "../support/pid-service.ts";
import { onParentGone, printLine } from "../support/program-output.ts";

const port = await serve({ services: [pids], port: 0, logger: () => undefined });
onParentGone(() => Promise.resolve());
printLine("ready", { uri: `http://localhost:${port}`, pid: process.pid });
