/** `npm run demo`: the fan-out example on the embedded server, from a fresh clone to its result. */
import { join } from "node:path";
import { root, runInForeground, runScript, ScriptError } from "./process.mjs";
import { setUp } from "./setup.mjs";

const example = "examples/typescript/parallelizing-work";

await runScript(async () => {
  if (process.argv.length > 2) throw new ScriptError("usage: npm run demo");
  await setUp([example]);
  return runInForeground(["--enable-source-maps", join(root, example, "dist/demo.js")]);
});
