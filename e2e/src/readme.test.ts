/** Every way to run that README.md shows, by its own commands. */
import { it } from "vitest";
import { runEmbedded, runServerAndServices, runUnderUp } from "./support/readme-steps.ts";

const TIMEOUT_MS = 40_000;

it("embedded, killed while it greets, and then moved to a server", () => runEmbedded(), TIMEOUT_MS);
it("under `rejoin up`", () => runUnderUp(), TIMEOUT_MS);
it("a server, a service and a client", () => runServerAndServices(), TIMEOUT_MS);
