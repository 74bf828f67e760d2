/**
 * Builds the web UI into `dist`: files that a server only has to hand out, each with its gzip and
 * Brotli forms beside it. The build fails if a page would load more than {@link BYTES_MAX}.
 */
import { appendFile, readdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defaultClientConditions, defineConfig, type Plugin } from "vite";

/** Of all that the UI consists of, as it is sent with gzip. */
const BYTES_MAX = 300_000;
const COMPRESSED = /\.(html|js|css|svg)$/;
/** Smaller ones fit into one packet as they are. */
const COMPRESSED_FROM_BYTES = 1000;

// biome-ignore lint/style/noDefaultExport: Vite asks for one.
export default defineConfig({
  base: "/ui/",
  plugins: [react(), precompress()],
  resolve: { conditions: ["rejoin:source", ...defaultClientConditions] },
  build: {
    target: "es2022",
    // The map of a production build would be larger than all the rest.
    sourcemap: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // Of what is in the bundle, as its licenses ask for.
    license: { fileName: "licenses.md" },
  },
  server: { proxy: { "^/(?!ui/)": process.env.REJOIN_ADMIN_URL ?? "http://127.0.0.1:9070" } },
});

function precompress(): Plugin {
  let dist = "dist";
  return {
    name: "precompress",
    apply: "build",
    configResolved: ({ root, build }) => {
      dist = resolve(root, build.outDir);
    },
    closeBundle: async () => {
      const files = await readdir(dist, { recursive: true, withFileTypes: true });
      await addFontLicense(join(dist, "licenses.md"));
      let total = 0;
      for (const file of files) {
        if (!file.isFile() || /\.(br|gz|md|tsbuildinfo)$/.test(file.name)) continue;
        total += await compressFile(join(file.parentPath, file.name));
      }
      const size = `${(total / 1000).toFixed(0)} kB with gzip`;
      console.log(`the web UI: ${size}, of ${BYTES_MAX / 1000} kB that it may have`);
      if (total > BYTES_MAX) throw new Error(`the web UI is too large: ${size}`);
    },
  };
}

/** Fonts are no modules: Vite leaves them out of its list. */
async function addFontLicense(path: string): Promise<void> {
  const font = createRequire(import.meta.url).resolve("@fontsource-variable/inter/package.json");
  const license = await readFile(join(font, "../LICENSE"), "utf8");
  await appendFile(path, `\n## Inter, as @fontsource-variable/inter (OFL-1.1)\n\n${license}`);
}

/** Gives the bytes that a browser without Brotli loads. */
async function compressFile(path: string): Promise<number> {
  const bytes = await readFile(path);
  if (!COMPRESSED.test(path) || bytes.length < COMPRESSED_FROM_BYTES) return bytes.length;
  const gzip = gzipSync(bytes, { level: 9 });
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
  await writeFile(`${path}.gz`, gzip);
  await writeFile(`${path}.br`, brotliCompressSync(bytes, { params }));
  return gzip.length;
}
