/** `npm pack`: copies the repository's examples into the package, which shows them offline. */
import { cp, rm } from "node:fs/promises";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";

const source = fileURLToPath(new URL("../../../examples/typescript", import.meta.url));
const target = fileURLToPath(new URL("../examples", import.meta.url));
const SKIPPED = ["node_modules", "dist"];

await rm(target, { recursive: true, force: true });
await cp(source, target, {
  recursive: true,
  filter: (path) => !SKIPPED.includes(basename(path)) && !path.includes(".test."),
});
