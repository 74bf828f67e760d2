/** Serves the service: on `PORT`, else on 9080. */
import { serve } from "@rejoin/sdk";
import { greeter } from "./greeter.ts";

await serve({ services: [greeter] });
