/**
 * The flags of Node that are documented for processes that hold our server. The most of what a busy
 * one allocates is gone a moment later: with a larger young generation, less of it is copied.
 */
const DEFAULT_FLAGS = "--max-semi-space-size=64";

/** `REJOIN_NODE_FLAGS` instead of the documented ones, where it is set; empty: none. */
export function nodeFlags(env: NodeJS.ProcessEnv = process.env): readonly string[] {
  return (env.REJOIN_NODE_FLAGS ?? DEFAULT_FLAGS).split(/\s+/).filter((flag) => flag !== "");
}

/** For the header of a report. */
export function formatNodeFlags(flags: readonly string[]): string {
  return flags.length === 0 ? "none" : flags.join(" ");
}
