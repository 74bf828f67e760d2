import { defineConfig } from "vitest/config";

/** Sources are run as they are: the `rejoin:source` export condition leads to `src`, not `dist`. */
const conditions = ["rejoin:source", "node", "import", "module", "default"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ["{packages/*,sim,bench,e2e,examples/typescript/*}/src/**/*.test.ts"],
    environment: "node",
    pool: "forks",
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});
