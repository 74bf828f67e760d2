#!/usr/bin/env node
/** The program `rejoin`: joins the command line with the process that it runs in. */
import { createRealEnvironment } from "./environment/real-environment.ts";
import { runCli } from "./run-cli.ts";

/** What may still be in flight when a command is done, such as idle connections, gets so long. */
const LINGER_MS = 500;

// A reader that has seen enough, such as `head`, closes its end: that is no failure. A terminal that
// is gone can be told nothing, but what it has started must still be ended in order.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
});
process.stderr.on("error", () => undefined);

process.exitCode = await runCli(process.argv.slice(2), createRealEnvironment());
setTimeout(() => process.exit(), LINGER_MS).unref();
