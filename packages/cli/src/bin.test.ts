/** `bin/rejoin.mjs`: which of the two forms of the program it runs. */
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";

const run = promisify(execFile);
const bin = fileURLToPath(new URL("../bin/rejoin.mjs", import.meta.url));
const MODULES = "cli/dist/main.js";
const PROGRAM = "cli/dist/program/rejoin.js";

/** What `rejoin` prints with these files beside it, made so many seconds after the first. */
async function runWith(files: Readonly<Record<string, number>>) {
  const root = await mkdtemp(join(tmpdir(), "rejoin-bin-"));
  onTestFinished(() => rm(root, { recursive: true }));
  await mkdir(join(root, "cli/bin"), { recursive: true });
  await cp(bin, join(root, "cli/bin/rejoin.mjs"));
  await writeFile(join(root, "package.json"), '{ "type": "module" }');
  for (const [file, seconds] of Object.entries(files)) {
    const path = join(root, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, `console.log(${JSON.stringify(file)})`);
    const at = 1_700_000_000 + seconds;
    await utimes(path, at, at);
  }
  return await run(process.execPath, [join(root, "cli/bin/rejoin.mjs")]).then(
    ({ stdout }) => stdout.trim(),
    ({ code, stderr }: { code: number; stderr: string }) => `${code} ${stderr.trim()}`,
  );
}

it.each([
  ["the files of the program, where only they were installed", { [PROGRAM]: 0 }, PROGRAM],
  ["them where both were, whatever is older", { [MODULES]: 9, [PROGRAM]: 0 }, PROGRAM],
  [
    "them in a checkout if they are newer than what the compiler has made",
    { [MODULES]: 0, [PROGRAM]: 2, "server/dist/tsconfig.tsbuildinfo": 1 },
    PROGRAM,
  ],
  [
    "the modules in a checkout if one package has been compiled since",
    { [MODULES]: 0, [PROGRAM]: 2, "server/dist/tsconfig.tsbuildinfo": 3 },
    MODULES,
  ],
  [
    "the modules where there is nothing else",
    { [MODULES]: 0, "cli/dist/tsconfig.tsbuildinfo": 0 },
    MODULES,
  ],
])("runs %s", async (_, files, ran) => {
  expect(await runWith(files)).toBe(ran);
});

it("says what to do where nothing has been built", async () => {
  const said = await runWith({});
  expect(said).toMatch(/^1 error: rejoin has not been built yet: run npm run build$/);
});
