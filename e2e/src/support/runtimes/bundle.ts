/** Programs in one file, as users make them for runtimes without `node_modules`. */
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, type Metafile } from "esbuild";

const RESOLVE_DIR = fileURLToPath(new URL("../../programs/", import.meta.url));

export interface BundleOptions {
  /** For any runtime unless Node is named. */
  readonly platform?: "neutral" | "node";
  readonly minify?: boolean;
  /** Default `esm`. With `iife` the exports become the variable `exported`. */
  readonly format?: "esm" | "iife";
}

export interface Bundle {
  readonly text: string;
  readonly metafile: Metafile;
  readonly bytes: number;
  readonly gzipBytes: number;
}

/** Bundles `program`, which lies where the programs of these tests do, with the built packages. */
export async function bundle(program: string, options: BundleOptions = {}): Promise<Bundle> {
  const { platform = "neutral", minify = false, format = "esm" } = options;
  const { outputFiles, metafile } = await build({
    stdin: { contents: program, resolveDir: RESOLVE_DIR, loader: "ts" },
    bundle: true,
    format,
    ...(format === "iife" ? { globalName: "exported" } : {}),
    platform,
    target: "es2022",
    minify,
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  const text = outputFiles[0]?.text ?? "";
  const bytes = Buffer.byteLength(text);
  return { text, metafile, bytes, gzipBytes: gzipSync(text).length };
}
