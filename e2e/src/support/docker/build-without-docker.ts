/**
 * Does in a folder what Docker would do in an image, as far as that goes without Docker: each stage
 * has a folder for its root, its commands run there with the Node of this machine, and paths of the
 * image are read as paths below it.
 */
import { cp, mkdir, readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { ROOT } from "../packaging/packed-packages.ts";
import { runTool } from "../packaging/run-tool.ts";
import { type Copied, type Instruction, parseCopy, readStages, type Stage } from "./dockerfile.ts";

const STEP_LIMIT_MS = 15 * 60_000;
/** What a step may name of the image. */
const IMAGE_PATHS = /(?<![\w./-])\/(packed|app|data|src)\b/g;

/** What `.dockerignore` keeps out, but for `node_modules`: those of here save a download. */
const LEFT_OUT = new Set([".git", "dist", ".interop", ".peers", ".rejoin", "rejoin-data"]);

/** Builds every stage below `folder`; gives the root of the last. */
export async function buildWithoutDocker(folder: string): Promise<string> {
  const roots = new Map<string, string>();
  let last = "";
  for (const [index, stage] of (await readStages()).entries()) {
    last = join(folder, stage.name ?? `stage-${index}`);
    await mkdir(last, { recursive: true });
    roots.set(stage.name ?? "", last);
    await buildStage(stage, last, roots);
  }
  return last;
}

async function buildStage(
  stage: Stage,
  root: string,
  roots: ReadonlyMap<string, string>,
): Promise<void> {
  let cwd = root;
  for (const instruction of stage.instructions) {
    if (instruction.keyword === "WORKDIR") {
      cwd = join(root, instruction.rest);
      await mkdir(cwd, { recursive: true });
    }
    if (instruction.keyword === "COPY") {
      await copy(parseCopy(instruction), { root, cwd, roots });
    }
    if (instruction.keyword === "RUN") await runStep(instruction, root, cwd);
  }
}

interface Place {
  readonly root: string;
  readonly cwd: string;
  readonly roots: ReadonlyMap<string, string>;
}

async function copy({ from, sources, destination }: Copied, place: Place): Promise<void> {
  const to = destination.startsWith("/") ? join(place.root, destination) : place.cwd;
  for (const source of sources) {
    if (from === undefined) {
      await copyContext(to);
      continue;
    }
    const root = place.roots.get(from);
    if (root === undefined)
      throw new Error(`the Dockerfile copies from ${from}, which is no stage`);
    await cp(join(root, source), to, { recursive: true, verbatimSymlinks: true });
  }
}

/** The repository as it is checked out, with what is installed. */
async function copyContext(to: string): Promise<void> {
  for (const entry of await readdir(ROOT)) {
    if (LEFT_OUT.has(entry)) continue;
    await cp(join(ROOT, entry), join(to, entry), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => path.includes("node_modules") || !LEFT_OUT.has(basename(path)),
    });
  }
}

async function runStep({ rest }: Instruction, root: string, cwd: string): Promise<void> {
  const command = rest.replace(IMAGE_PATHS, (path) => join(root, path));
  await runTool("sh", ["-euc", command], { cwd, limitMs: STEP_LIMIT_MS });
}
