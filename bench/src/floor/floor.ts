/** What the machine allows to anyone: see `bare-commits.ts`. */
import { startNodeProgram } from "../target/measured-process.ts";
import { createPlainSession } from "../target/session.ts";
import type { Target } from "../target/target.ts";

export const floorTarget: Target = {
  name: "floor",
  facts: { store: "LevelDB alone, two rows a commit, fsync on each commit" },
  supports: (name) => name.startsWith("commits:"),
  open: async ({ resources, directory }) => {
    const data = resources.temporaryDirectory(directory);
    const { greeting, measured } = await startNodeProgram<{ readonly port: number }>(
      { name: "LevelDB", module: "../floor/floor-process", args: [data.path] },
      resources,
    );
    return createPlainSession(`http://127.0.0.1:${greeting.port}`, [measured], data);
  },
};
