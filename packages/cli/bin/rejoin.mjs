#!/usr/bin/env node
/**
 * What `npx rejoin` runs. npm links a package's program when it installs it, and leaves it out if
 * the file is not there: in a checkout `dist/main.js` comes later, with the build.
 */
import { existsSync } from "node:fs";

const main = new URL("../dist/main.js", import.meta.url);

if (existsSync(main)) {
  await import(main.href);
} else {
  console.error("error: rejoin has not been built yet: run npm run build");
  process.exitCode = 1;
}
