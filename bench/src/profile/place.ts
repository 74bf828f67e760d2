/** Where a frame's code comes from, in words that are the same on every machine. */
import type { CallFrame, Stack } from "./cpu-profile.ts";

export interface Place {
  /** A folder of `packages`, a module of `node_modules`, `bench`, `node`, or `engine` built-ins. */
  readonly owner: string;
  /** Within the owner. */
  readonly file: string;
}

/** The place of a frame; `undefined` for what is built into the JavaScript engine. */
export function placeOf({ url }: CallFrame): Place | undefined {
  if (url === "") return undefined;
  const module = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\/(.*)$/.exec(url);
  if (module !== null) return place(module);
  const own = /\/packages\/([^/]+)\/(?:dist|src)\/(.*)$/.exec(url);
  if (own !== null) return place(own);
  const bench = /\/bench\/(?:dist|src)\/(.*)$/.exec(url);
  if (bench !== null) return { owner: "bench", file: toSource(bench[1] ?? "") };
  if (url.startsWith("node:")) return { owner: "node", file: url.slice("node:".length) };
  return { owner: "other", file: url };
}

function place([, owner = "", file = ""]: RegExpExecArray): Place {
  return { owner, file: toSource(file) };
}

/** What ran was compiled; what one reads is the source. */
function toSource(file: string): string {
  return file.replace(/\.js$/, ".ts");
}

/** The engine's own entries: `(garbage collector)`, `(program)`, `(idle)`. */
export function specialOf(stack: Stack): string | undefined {
  const name = stack[0]?.functionName ?? "";
  return name.startsWith("(") && name !== "(anonymous)" && stack[0]?.url === "" ? name : undefined;
}
