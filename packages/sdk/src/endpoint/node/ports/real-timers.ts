/** The only file of this folder that names a timer. */

/** Calls `task` once after `delayMs`, unless the result is called before. */
export function afterMs(delayMs: number, task: () => void): () => void {
  const timer = setTimeout(task, delayMs);
  return () => clearTimeout(timer);
}
