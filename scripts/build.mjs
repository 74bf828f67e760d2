/** `npm run build`: compiles every package and checks the types of the tests. */
import { runScript, ScriptError, seconds } from "./process.mjs";
import { setUp } from "./setup.mjs";

await runScript(async () => {
  if (process.argv.length > 2) throw new ScriptError("usage: npm run build");
  const startedMs = performance.now();
  await setUp();
  console.log(`built in ${seconds(performance.now() - startedMs)}`);
  return 0;
});
