/**
 * Installs a program of `e2e/interop` and its packages into `e2e/.interop`, which git ignores. Once:
 * what is installed for the same sources is used again.
 */
import { type ExecFileException, execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { access, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Language, type Places, PROGRAMS, type Step } from "./language.ts";

const E2E = fileURLToPath(new URL("../../../", import.meta.url));
const CACHE = join(E2E, ".interop");
const MARKER = ".installed";
const TOOL_LIMIT_MS = 20_000;
const OUTPUT_CHARS_MAX = 2000;

export type Installation =
  | { readonly kind: "installed"; readonly places: Places }
  | { readonly kind: "missing"; readonly reason: string };

/**
 * Finds the installation, and makes it if that is allowed. Rejects if the program itself is wrong;
 * tools or packages that cannot be had are a reason.
 */
export async function install(language: Language, mayInstall: boolean): Promise<Installation> {
  const reason = await findMissingTool(language);
  if (reason !== undefined) return { kind: "missing", reason };
  const places = await placesOf(language);
  if (await exists(join(places.own, MARKER))) return { kind: "installed", places };
  if (!mayInstall) {
    const text = `the packages of ${language.name} are not installed; npm run test:full does it`;
    return { kind: "missing", reason: text };
  }
  return await installAnew(language, places);
}

async function installAnew(language: Language, places: Places): Promise<Installation> {
  await removeFormer(language, places);
  await mkdir(places.own, { recursive: true });
  await mkdir(places.shared, { recursive: true });
  for (const step of language.steps(places)) {
    const failure = await tryStep(step, places.program);
    if (failure === undefined) continue;
    if (step.tests === "program") throw new Error(failure);
    return { kind: "missing", reason: failure };
  }
  await writeFile(join(places.own, MARKER), "");
  return { kind: "installed", places };
}

/** What is there of this language but the packages: it is for other sources, or unfinished. */
async function removeFormer({ folder }: Language, { shared }: Places): Promise<void> {
  const names = await readdir(CACHE).catch(() => []);
  for (const name of names) {
    const path = join(CACHE, name);
    if (!name.startsWith(`${folder}-`) || path === shared) continue;
    await rm(path, { recursive: true, force: true });
  }
}

async function placesOf({ folder, sources }: Language): Promise<Places> {
  const program = join(PROGRAMS, folder);
  const hash = createHash("sha256");
  for (const source of sources) hash.update(await readFile(join(program, source)));
  const name = `${folder}-${hash.digest("hex").slice(0, 12)}`;
  return { program, own: join(CACHE, name), shared: join(CACHE, `${folder}-packages`) };
}

async function findMissingTool({ tools }: Language): Promise<string | undefined> {
  for (const [command, ...args] of tools) {
    const failure = await tryStep({ command, args, limitMs: TOOL_LIMIT_MS }, E2E);
    if (failure !== undefined) return failure;
  }
  return undefined;
}

/** What went wrong, in one text; `undefined` if nothing did. */
function tryStep(
  { command, args, variables, limitMs }: Omit<Step, "tests">,
  cwd: string,
): Promise<string | undefined> {
  const env = { ...process.env, ...variables };
  return new Promise((resolve) => {
    execFile(command, args, { cwd, env, timeout: limitMs }, (error, stdout, stderr) => {
      if (error === null) return resolve(undefined);
      const said = `${stdout}${stderr}`.trim().slice(-OUTPUT_CHARS_MAX);
      const what = `${command} ${args.join(" ")} ${describeEnd(error, limitMs)}`;
      resolve(said === "" ? what : `${what}: ${said}`);
    });
  });
}

function describeEnd(error: ExecFileException, limitMs: number): string {
  if (error.killed === true) return `took longer than ${limitMs} ms`;
  return error.code === "ENOENT" ? "cannot be run: there is no such program" : "failed";
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
