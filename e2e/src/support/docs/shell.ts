/** A shell for the commands of a page: its variables live from one block to the next. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runTool } from "../packaging/run-tool.ts";
import { ROOT } from "../readme-blocks.ts";

const REJOIN = join(ROOT, "packages/cli/bin/rejoin.mjs");
const LIMIT_MS = 20_000;

/** Why the commands of pages cannot be run here, if so. */
export async function whyNoShell(): Promise<string | undefined> {
  const check = "curl --help all | grep -q -- --json";
  return await runTool("bash", ["-c", check], { cwd: ROOT }).then(
    () => undefined,
    () => "the pages' commands need bash, and curl 7.82 or newer",
  );
}

export class PageShell {
  readonly #folder: string;
  readonly #variables: Readonly<Record<string, string>>;

  private constructor(folder: string, variables: Readonly<Record<string, string>>) {
    this.#folder = folder;
    this.#variables = variables;
  }

  /** With `folder` as its working directory. */
  static async open(
    folder: string,
    variables: Readonly<Record<string, string>>,
  ): Promise<PageShell> {
    await writeFile(join(folder, "variables"), "");
    return new PageShell(folder, variables);
  }

  /** What the commands print, each on lines of its own; rejects if one fails. */
  async run(commands: string): Promise<string> {
    const script = [
      `npx() { [ "$1" = rejoin ] || exit 127; shift; "${process.execPath}" "${REJOIN}" "$@"; }`,
      `curl() { command curl --silent --show-error --write-out '\\n' "$@"; }`,
      "export -f npx curl",
      "set -eua",
      ". ./variables",
      commands,
      "export -p > ./variables",
    ].join("\n");
    const options = { cwd: this.#folder, limitMs: LIMIT_MS, variables: this.#variables };
    const printed = await runTool("bash", ["-c", script], options);
    return printed.replace(/\n{2,}/g, "\n");
  }
}
