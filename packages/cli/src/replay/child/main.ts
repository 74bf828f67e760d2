/** The process that replays: `node … main.js <job file>`. What the user's program prints is stderr. */
import { readFile } from "node:fs/promises";
import { replayJob } from "./replay-job.ts";

const [file = ""] = process.argv.slice(2);

process.stdout.write = process.stderr.write.bind(process.stderr);
process.on("unhandledRejection", (reason) => {
  console.error("the app has left a rejection unhandled:", reason);
});

await replayJob(JSON.parse(await readFile(file, "utf8")));
// What the program has opened would keep the process alive.
process.exit(0);
