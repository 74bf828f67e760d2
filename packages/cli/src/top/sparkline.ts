/** Numbers as a line of bars. */
const BARS = "▁▂▃▄▅▆▇█";

/** The largest number has the largest bar; only zero has none. */
export function renderSparkline(numbers: readonly number[]): string {
  const max = Math.max(0, ...numbers);
  return numbers
    .map((number) => {
      if (number <= 0) return " ";
      return BARS[Math.ceil((number / max) * BARS.length) - 1] ?? " ";
    })
    .join("");
}
