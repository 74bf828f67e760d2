/** Programs of `src/programs` whose services are on the reference SDK. */
import { onTestFinished } from "vitest";
import { type ChildProgram, type ProgramLine, startProgram } from "./child-program.ts";

/** What the reference SDK needs of newer Nodes than 20. */
const POLYFILL = new URL("promise-with-resolvers.mjs", import.meta.url).href;

export interface ReferenceProgram {
  readonly program: ChildProgram;
  /** Where its services are. */
  readonly uri: string;
}

/** Starts a program and waits until its services can be reached. It does not outlive the test. */
export async function startReferenceProgram(
  name: string,
  options: {
    readonly args?: readonly string[];
    readonly onLine?: (line: ProgramLine) => void;
  } = {},
): Promise<ReferenceProgram> {
  const { args = [], onLine } = options;
  const program = startProgram({
    program: name,
    args,
    nodeOptions: ["--import", POLYFILL],
    ...(onLine === undefined ? {} : { onLine }),
  });
  onTestFinished(async () => void (await program.kill()));
  const { uri } = await program.line("ready");
  return { program, uri: String(uri) };
}
