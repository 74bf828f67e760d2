import { defineConfig } from "vitest/config";

/**
 * Sources run as they are, without a build: the export condition `rejoin:source` leads from one
 * package to the `src` of another, never to its `dist`. The rest are Vite's own for Node.
 */
const conditions = ["rejoin:source", "module", "node", "development|production"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["**/*.test.{ts,mjs}"],
    exclude: ["**/node_modules/**", "**/dist/**"],
    environment: "node",
    pool: "forks",
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});
