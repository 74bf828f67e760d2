/** Programs that run to their end. */
import { execFile } from "node:child_process";

export interface ToolOptions {
  readonly cwd: string;
  readonly limitMs?: number;
  /** Added to the variables of this process. */
  readonly variables?: Readonly<Record<string, string>>;
}

const LIMIT_MS = 120_000;
const OUTPUT_CHARS_MAX = 4000;

/** What it printed on standard output; rejects with everything that it printed if it fails. */
export function runTool(
  command: string,
  args: readonly string[],
  { cwd, limitMs = LIMIT_MS, variables = {} }: ToolOptions,
): Promise<string> {
  const { NODE_OPTIONS: _, ...inherited } = process.env;
  const env = { ...inherited, NO_COLOR: "1", ...variables };
  return new Promise((resolve, reject) => {
    execFile(
      command,
      args,
      { cwd, env, timeout: limitMs, maxBuffer: 1 << 26 },
      (error, out, err) => {
        if (error === null) return resolve(out);
        const said = `${out}${err}`.trim().slice(-OUTPUT_CHARS_MAX);
        reject(
          new Error(`${command} ${args.join(" ")} failed in ${cwd}:\n${said}`, { cause: error }),
        );
      },
    );
  });
}

/** Runs a script of Node. */
export function runNode(args: readonly string[], options: ToolOptions): Promise<string> {
  return runTool(process.execPath, args, options);
}
