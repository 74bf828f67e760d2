/**
 * `npm run build`: compiles every package, checks the types of the tests, adds CommonJS to what is
 * published in both forms, and puts the program `rejoin` into few files.
 */
import { runScript, ScriptError, seconds } from "./process.mjs";
import { setUp } from "./setup.mjs";

await runScript(async () => {
  if (process.argv.length > 2) throw new ScriptError("usage: npm run build");
  const startedMs = performance.now();
  await setUp();
  console.log(`built in ${seconds(performance.now() - startedMs)}`);
  return 0;
});
