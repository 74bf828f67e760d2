/** Serves both services, on `PORT`, else on 9080, and prints the spans. */
import { serve } from "@rejoin/sdk";
import { services } from "./services.ts";
import { startTracing } from "./tracing.ts";

startTracing();
await serve({ services });
