/** The services of the benchmark on our SDK, as users serve them: on all interfaces, any free port. */
import * as sdk from "@rejoin/sdk";
import { createServices } from "../work/services.ts";
import { answerBenchmark } from "./answering.ts";

const port = await sdk.serve({ services: createServices(sdk), port: 0 });
answerBenchmark({ greeting: { port } });
