/** The Dockerfile, as a list of its instructions. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../packaging/packed-packages.ts";

export interface Stage {
  readonly base: string;
  /** What `COPY --from` calls it. */
  readonly name: string | undefined;
  readonly instructions: readonly Instruction[];
}

export interface Instruction {
  /** `RUN`, `COPY`, … */
  readonly keyword: string;
  /** `--from=…` and the like. */
  readonly flags: ReadonlyMap<string, string>;
  readonly rest: string;
}

export interface Copied {
  /** A stage; `undefined` for the folder that is built from. */
  readonly from: string | undefined;
  readonly sources: readonly string[];
  readonly destination: string;
}

/** Reads the stages of the Dockerfile. */
export async function readStages(): Promise<Stage[]> {
  const text = await readFile(join(ROOT, "Dockerfile"), "utf8");
  const lines = text
    .replace(/\\\n\s*/g, " ")
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("#"));
  const stages: { base: string; name: string | undefined; instructions: Instruction[] }[] = [];
  for (const line of lines) {
    const instruction = parseInstruction(line);
    if (instruction.keyword === "FROM") {
      const [base = "", , name] = instruction.rest.split(/\s+/);
      stages.push({ base, name, instructions: [] });
    } else {
      const stage = stages.at(-1);
      if (stage === undefined) throw new Error(`the Dockerfile has ${line} before FROM`);
      stage.instructions.push(instruction);
    }
  }
  return stages;
}

/** All instructions of one kind in a stage. */
export function instructionsOf({ instructions }: Stage, keyword: string): Instruction[] {
  return instructions.filter((instruction) => instruction.keyword === keyword);
}

export function parseCopy({ flags, rest }: Instruction): Copied {
  const paths = rest.split(/\s+/);
  const destination = paths.pop() ?? "";
  return { from: flags.get("from"), sources: paths, destination };
}

/** The variables that a stage sets. */
export function variablesOf(stage: Stage): Record<string, string> {
  const pairs = instructionsOf(stage, "ENV").map(({ rest }) => {
    const at = rest.indexOf("=");
    return [rest.slice(0, at), rest.slice(at + 1)] as const;
  });
  return Object.fromEntries(pairs);
}

/** The words of an instruction that is written as JSON: `CMD`, `ENTRYPOINT`. */
export function wordsOf(stage: Stage, keyword: string): string[] {
  const [instruction] = instructionsOf(stage, keyword);
  return instruction === undefined ? [] : (JSON.parse(instruction.rest) as string[]);
}

/** The command of the health check. */
export function healthCheckOf(stage: Stage): string[] {
  const [instruction] = instructionsOf(stage, "HEALTHCHECK");
  const json = /^CMD (\[.*\])$/.exec(instruction?.rest ?? "")?.[1];
  if (json === undefined) throw new Error("the Dockerfile has no health check");
  return JSON.parse(json) as string[];
}

function parseInstruction(line: string): Instruction {
  const [, keyword = "", options = "", rest = ""] =
    /^([A-Z]+)\s+((?:--\S+\s+)*)(.*)$/.exec(line) ?? [];
  if (keyword === "") throw new Error(`the Dockerfile has a line that is no instruction: ${line}`);
  const flags = new Map(
    [...options.matchAll(/--([a-z-]+)=(\S+)/g)].map(([, name = "", value = ""]) => [name, value]),
  );
  return { keyword, flags, rest };
}
