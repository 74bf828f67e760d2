/** Makes a project of its own from an example of the repository. */
import { join } from "node:path";
import type { CliEnvironment, SourceFile } from "../environment/cli-environment.ts";
import { CLI_VERSION } from "../version.ts";
import type { Example } from "./find-examples.ts";

const SKIPPED_FOLDERS = ["node_modules", "dist"];
/** What `rejoin up` runs, in the examples that serve something. */
const APP = join("src", "app.ts");

/** In the repository an example shares the options of the workspace; alone it needs them all. */
const TSCONFIG = {
  compilerOptions: {
    target: "es2023",
    lib: ["es2023"],
    types: ["node"],
    module: "nodenext",
    moduleResolution: "nodenext",
    rewriteRelativeImportExtensions: true,
    strict: true,
    verbatimModuleSyntax: true,
    erasableSyntaxOnly: true,
    skipLibCheck: true,
    sourceMap: true,
    rootDir: "src",
    outDir: "dist",
  },
  include: ["src"],
};

const DEV_DEPENDENCIES = {
  "@rejoin/cli": CLI_VERSION,
  "@types/node": "^20.19.43",
  tsx: "^4.23.15",
  typescript: "^7.0.2",
};

/** Writes the files into `target`; the result has their paths. */
export async function copyExample(
  { files }: CliEnvironment,
  example: Example,
  target: string,
): Promise<readonly string[]> {
  const sources = await files.readTree(example.directory, SKIPPED_FOLDERS);
  const hasApp = sources.some(({ path }) => path === APP);
  const scripts = { build: "tsc", ...(hasApp ? { dev: `rejoin up ${APP}` } : {}) };
  const copied = sources.filter(isWanted).map((file) => toStandalone(file, example, scripts));
  for (const { path, text } of copied) await files.writeText(join(target, path), text);
  return copied.map((file) => file.path);
}

/** The tests of an example are the repository's. */
function isWanted({ path }: SourceFile): boolean {
  return !path.includes(".test.") && !path.endsWith(".tsbuildinfo");
}

type Scripts = Readonly<Record<string, string>>;

function toStandalone(file: SourceFile, { name }: Example, added: Scripts): SourceFile {
  switch (file.path) {
    case "tsconfig.json":
      return { ...file, text: toJson(TSCONFIG) };
    case "package.json": {
      const { devDependencies, scripts, ...rest } = JSON.parse(file.text) as PackageManifest;
      const manifest = {
        ...rest,
        name,
        scripts: { ...added, ...scripts },
        devDependencies: { ...DEV_DEPENDENCIES, ...devDependencies },
      };
      return { ...file, text: toJson(manifest) };
    }
    default:
      return file;
  }
}

interface PackageManifest {
  readonly [member: string]: unknown;
  readonly scripts?: Scripts;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
