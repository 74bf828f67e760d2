import { configDefaults, defineConfig } from "vitest/config";

/**
 * Sources run as they are, without a build: the export condition `rejoin:source` leads from one
 * package to the `src` of another, never to its `dist`. The rest are those of Node.
 */
const conditions = ["rejoin:source", "node", "development|production"];

const tests = ["**/*.test.{ts,mjs}"];
/** Tests that replace modules. */
const mocking = ["**/*.mock.test.{ts,mjs}"];
const generated = ["**/node_modules/**", "**/dist/**"];

/**
 * Test files share a process and the modules that it has loaded: most of a run would be loading
 * them anew for each file. Those that replace modules get processes of their own.
 */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    environment: "node",
    pool: "forks",
    testTimeout: 20_000,
    hookTimeout: 20_000,
    projects: [
      {
        extends: true,
        test: {
          name: "together",
          include: tests,
          exclude: [...configDefaults.exclude, ...generated, ...mocking],
          isolate: false,
        },
      },
      {
        extends: true,
        test: { name: "alone", include: mocking, exclude: generated, isolate: true },
      },
    ],
  },
});
