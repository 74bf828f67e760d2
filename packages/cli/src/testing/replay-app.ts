/** A program that serves, and prints. */
import { serve } from "@rejoin/sdk";
import { cart, createWorker, leaf } from "./replay-services.ts";

const onExecuted = (name: string) => process.stdout.write(`executed ${name}\n`);

await serve({ services: [leaf, createWorker({ onExecuted }), cart], port: 1 });
process.stdout.write("the app prints\n");
