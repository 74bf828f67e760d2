/** So many seconds, in milliseconds. Whoever has no patience sets a shorter second. */
export function seconds(count: number): number {
  return count * Number(process.env.SECOND_MS ?? 1_000);
}
