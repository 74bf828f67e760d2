#!/usr/bin/env node
/**
 * What `npx rejoin` runs. npm links a package's program when it installs it, and leaves it out if
 * the file is not there: in a checkout what it runs comes later, with the build.
 *
 * `dist/program` is the program in few files, which start in a third of the time. In a checkout they
 * may be older than what the compiler has made since; then it is that which runs.
 */
import { statSync } from "node:fs";

const PACKAGES = ["protocol", "engine", "storage", "sdk", "client", "server", "cli"];
const main = new URL("../dist/main.js", import.meta.url);
const program = new URL("../dist/program/rejoin.js", import.meta.url);

/** When a file was made; `undefined` if it is not there. */
const madeAt = (url) => statSync(url, { throwIfNoEntry: false })?.mtimeMs;

/** What the compiler leaves in a checkout, and no package brings along. */
const compiledAt = PACKAGES.map((name) =>
  madeAt(new URL(`../../${name}/dist/tsconfig.tsbuildinfo`, import.meta.url)),
).filter((time) => time !== undefined);

const isCurrent = (madeAt(program) ?? 0) > Math.max(0, ...compiledAt);

if (isCurrent || madeAt(main) !== undefined) {
  await import((isCurrent ? program : main).href);
} else {
  console.error("error: rejoin has not been built yet: run npm run build");
  process.exitCode = 1;
}
