/** How many rows to read at once, of which nobody knows how large they are. */

/** Even the largest values are not too much. */
const FIRST = 4;
const BYTES = 1024 * 1024;

/** As many as fit into about a megabyte if they are like the `count` before, `bytes` in all. */
export function rowsAtOnce(count: number, bytes: number, max: number): number {
  if (count === 0) return Math.min(FIRST, max);
  const fitting = Math.floor(BYTES / Math.max(1, bytes / count));
  return Math.min(max, Math.max(1, fitting));
}
