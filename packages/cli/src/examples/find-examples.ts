/** In a checkout the examples of the repository; else those that come with this package. */
import { join } from "node:path";
import type { CliEnvironment } from "../environment/cli-environment.ts";

export interface Example {
  readonly name: string;
  readonly description: string;
  /** Absolute. */
  readonly directory: string;
}

/** Sorted by name. */
export async function findExamples(environment: CliEnvironment): Promise<readonly Example[]> {
  const { packageDirectory, files } = environment;
  const homes = ["../../examples/typescript", "examples"].map((home) =>
    join(packageDirectory, home),
  );
  for (const home of homes) {
    const names = await files.listDirectories(home);
    const examples = await Promise.all(names.map((name) => readExample(environment, home, name)));
    const found = examples.filter((example) => example !== undefined);
    if (found.length > 0) return found;
  }
  return [];
}

async function readExample(
  { files }: CliEnvironment,
  home: string,
  name: string,
): Promise<Example | undefined> {
  const directory = join(home, name);
  const manifest = join(directory, "package.json");
  if (!(await files.exists(manifest))) return undefined;
  const { description = "" } = JSON.parse(await files.readText(manifest)) as {
    readonly description?: string;
  };
  return { name, description, directory };
}
