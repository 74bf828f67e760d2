/** A guess at what somebody meant. */

/** The word that takes the fewest changes to `text`, of those that take no more than `changesMax`. */
export function nearest(
  text: string,
  words: readonly string[],
  changesMax = Math.max(2, Math.floor(text.length / 3)),
): string | undefined {
  let best: string | undefined;
  let bestChanges = changesMax + 1;
  for (const word of words) {
    const changes = distance(text, word);
    if (changes < bestChanges) {
      best = word;
      bestChanges = changes;
    }
  }
  return best;
}

/** Letters to insert, remove or replace. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
