/** Order statistics of a few numbers. */

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = ascending(values);
  const middle = sorted.length / 2;
  if (Number.isInteger(middle)) return (at(sorted, middle - 1) + at(sorted, middle)) / 2;
  return at(sorted, Math.floor(middle));
}

/** The smallest value that is not below `share` (0 to 1) of all. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = ascending(values);
  return at(sorted, Math.max(0, Math.ceil(share * sorted.length) - 1));
}

/** The median of those that are there; `undefined` if none is. */
export function medianOfKnown(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : median(known);
}

/** `undefined` unless all are known. */
export function sumOfKnown(values: readonly (number | undefined)[]): number | undefined {
  let sum = 0;
  for (const value of values) {
    if (value === undefined) return undefined;
    sum += value;
  }
  return sum;
}

function ascending(values: readonly number[]): number[] {
  if (values.length === 0) throw new Error("there are no values to take a statistic of");
  return [...values].sort((a, b) => a - b);
}

function at(sorted: readonly number[], index: number): number {
  return sorted[index] ?? Number.NaN;
}
