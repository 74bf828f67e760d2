import { mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { createUiFiles } from "./ui-files.ts";

async function createFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "rejoin-ui-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, "ui/assets"), { recursive: true });
  await writeFile(join(folder, "secret"), "secret");
  await writeFile(join(folder, "ui/index.html"), "page");
  await writeFile(join(folder, "ui/assets/a.js"), "one");
  await writeFile(join(folder, "ui/assets/a.js.gz"), "packed");
  return join(folder, "ui");
}

const textOf = (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes);

it("reads files with their compressed forms", async () => {
  const files = createUiFiles(await createFolder());
  const script = await files.read("assets/a.js");
  expect([textOf(script?.plain), textOf(script?.gzip), script?.brotli]).toEqual([
    "one",
    "packed",
    undefined,
  ]);
  expect(textOf((await files.read("index.html"))?.plain)).toBe("page");
});

it("reads nothing outside its folder, and no folders", async () => {
  const files = createUiFiles(await createFolder());
  for (const path of ["../secret", "assets/../../secret", "assets", "", "no", "/etc/passwd"]) {
    expect(await files.read(path)).toBeUndefined();
  }
});

it("takes up a new build, whose page is another one", async () => {
  const folder = await createFolder();
  const files = createUiFiles(folder);
  await files.read("index.html");
  await writeFile(join(folder, "assets/b.js"), "two");
  await writeFile(join(folder, "index.html"), "new page");
  await utimes(join(folder, "index.html"), 2_000_000_000, 2_000_000_000);
  expect(textOf((await files.read("index.html"))?.plain)).toBe("new page");
  expect(textOf((await files.read("assets/b.js"))?.plain)).toBe("two");
});

it("without its folder has nothing", async () => {
  expect(await createUiFiles("/no/such/folder").read("index.html")).toBeUndefined();
});
