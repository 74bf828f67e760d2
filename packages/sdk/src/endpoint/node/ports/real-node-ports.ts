/** What Node has and other runtimes have not. */
import type { AttemptPorts } from "../../../attempt/ports.ts";

/** So many turns in a row are taken without letting the event loop turn. */
const TURNS_PER_LOOP = 256;

/** Taken before anybody can replace them: fake timers of test runners do. */
const { nextTick, versions } = process;
const realSetImmediate = setImmediate;

/** Ports for endpoints on Node; those of any runtime where this is another that resembles it. */
export function createNodePorts(): Partial<AttemptPorts> {
  const isNode = versions.bun === undefined && versions.deno === undefined;
  return isNode ? { afterMicrotasks: createAfterMicrotasks() } : {};
}

/**
 * Node runs `nextTick` callbacks that a microtask has queued when no microtask is left. That is much
 * cheaper than an immediate, but starves the event loop: now and then an immediate is taken.
 */
function createAfterMicrotasks(): (task: () => void) => void {
  let turns = 0;
  return (task) => {
    if (++turns % TURNS_PER_LOOP === 0) realSetImmediate(task);
    else queueMicrotask(() => nextTick(task));
  };
}
