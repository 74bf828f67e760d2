/** Serves `support/spread-endpoint.ts` on any free port, and says where. */
import { onParentGone, printLine } from "../support/program-output.ts";
import { startSpreadEndpoint } from "../support/spread-endpoint.ts";

onParentGone(async () => undefined);
const { url } = await startSpreadEndpoint();
printLine("ready", { uri: url });
