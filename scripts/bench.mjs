/** `npm run bench -- …`: builds the benchmarks and hands them the arguments. */
import { join } from "node:path";
import { root, runInForeground, runScript } from "./process.mjs";
import { setUp } from "./setup.mjs";

await runScript(async () => {
  await setUp(["bench"]);
  return runInForeground([join(root, "bench/dist/main.js"), ...process.argv.slice(2)]);
});
