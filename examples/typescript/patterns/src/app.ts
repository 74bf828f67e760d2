/** Serves all of them: on `PORT`, else on 9080. */
import { serve } from "@rejoin/sdk";
import { services } from "./services.ts";

await serve({ services });
