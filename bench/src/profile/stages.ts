/** The stages of a subtask's way through the program, for the budget of where the time goes. */
import type { CallFrame, Stack } from "./cpu-profile.ts";
import { type Place, placeOf, specialOf } from "./place.ts";

export const STAGES = [
  "services",
  "SDK",
  "invoker",
  "ingress",
  "partition",
  "engine apply",
  "packing and encoding",
  "LevelDB calls",
  "garbage collection",
  "node and native code",
] as const;

export type Stage = (typeof STAGES)[number];

/** The reference SDK counts as an SDK like ours. */
const SDK_MODULES = new Set(["sdk", "@restatedev/restate-sdk", "@restatedev/restate-sdk-core"]);
const PROFILER = "node:inspector";
const STORE_MODULES = new Set(["storage", "classic-level", "abstract-level", "module-error"]);
/** Functions of `engine/batch.ts` that make bytes of a batch. */
const PACKING = new Set(["pack", "packSegments", "packMessages"]);
const SERVER_FOLDERS: Readonly<Record<string, Stage>> = {
  invoker: "invoker",
  ingress: "ingress",
  partition: "partition",
};

/**
 * The stage that a sample belongs to: that of the innermost frame which has one. A built-in of the
 * JavaScript engine or of Node belongs to whoever called it. `undefined`: the process was idle, or the
 * profiler itself was at work, which has the program look at all code when it begins.
 */
export function stageOf(stack: Stack): Stage | undefined {
  const special = specialOf(stack);
  if (special === "(idle)") return undefined;
  if (special === "(garbage collector)") return "garbage collection";
  for (const frame of stack) {
    if (frame.url === PROFILER) return undefined;
    const place = placeOf(frame);
    const stage = place === undefined ? undefined : stageOfPlace(place, frame);
    if (stage !== undefined) return stage;
  }
  return "node and native code";
}

function stageOfPlace({ owner, file }: Place, frame: CallFrame): Stage | undefined {
  if (STORE_MODULES.has(owner)) return "LevelDB calls";
  if (SDK_MODULES.has(owner)) return "SDK";
  switch (owner) {
    case "bench":
      return "services";
    case "protocol":
      return "packing and encoding";
    case "engine":
      return isEncoding(file, frame) ? "packing and encoding" : "engine apply";
    case "server":
      return SERVER_FOLDERS[file.split("/")[0] ?? ""] ?? "partition";
    default:
      return undefined;
  }
}

function isEncoding(file: string, { functionName }: CallFrame): boolean {
  return file.startsWith("rows/") || (file === "batch.ts" && PACKING.has(functionName));
}
