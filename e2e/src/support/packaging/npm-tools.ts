/**
 * Packages of npm that only some tests need: installed once into `e2e/.interop`, which git ignores,
 * and only if that is allowed.
 */
import { createHash } from "node:crypto";
import { access, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runTool } from "./run-tool.ts";

const CACHE = fileURLToPath(new URL("../../../.interop/", import.meta.url));
const INSTALL_LIMIT_MS = 10 * 60_000;

export type NpmTools =
  | { readonly kind: "installed"; readonly modules: string }
  | { readonly kind: "missing"; readonly reason: string };

/** The folder `node_modules` that holds `packages`, given as `name@version`. */
export async function installNpmTools(
  packages: readonly string[],
  mayInstall: boolean,
): Promise<NpmTools> {
  const name = createHash("sha256").update(packages.join(" ")).digest("hex").slice(0, 12);
  const folder = join(CACHE, `npm-${name}`);
  const marker = join(folder, ".installed");
  const modules = join(folder, "node_modules");
  if (await exists(marker)) return { kind: "installed", modules };
  if (!mayInstall) {
    const reason = `${packages.join(" and ")}: not installed; npm run test:full does it`;
    return { kind: "missing", reason };
  }
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true }));
  try {
    // The binaries lie in the packages: nothing need run to install them.
    const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"];
    await runTool("npm", ["install", ...options, ...packages], {
      cwd: folder,
      limitMs: INSTALL_LIMIT_MS,
    });
  } catch (error) {
    return { kind: "missing", reason: error instanceof Error ? error.message : String(error) };
  }
  await writeFile(marker, "");
  return { kind: "installed", modules };
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
