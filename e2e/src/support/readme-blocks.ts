/** The code blocks of README.md, as a reader finds them. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** The blocks in that language below that heading, up to the next heading. */
export async function readBlocks(heading: string, language: string): Promise<string[]> {
  const readme = await readFile(join(ROOT, "README.md"), "utf8");
  const section = readme.split(/^#{2,} /m).find((text) => text.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`README.md has no section ${heading}`);
  const pattern = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm");
  return [...section.matchAll(pattern)].map(([, text = ""]) => text.trim());
}

/** The commands of a section's shell blocks, in order; the build is there when tests run. */
export async function readCommands(heading: string): Promise<string[]> {
  const blocks = await readBlocks(heading, "shell");
  return blocks.flatMap((block) => block.split("\n")).filter((line) => line !== "npm run build");
}

/** The words of a command: single quotes hold one together. */
export function splitWords(command: string): string[] {
  const words = command.matchAll(/'([^']*)'|(\S+)/g);
  return [...words].map(([, quoted, plain]) => quoted ?? plain ?? "");
}
