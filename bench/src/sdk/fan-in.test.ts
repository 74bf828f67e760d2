import { expect, test } from "vitest";
import { formatFanIn, measureFanIn } from "./fan-in.ts";

test("every way to wait comes to its end, at every size", async () => {
  const rows = await measureFanIn([20, 150], 1);
  expect(rows).toHaveLength(6);
  for (const { microsBySize } of rows) {
    expect(microsBySize).toHaveLength(2);
    for (const micros of microsBySize) expect(micros).toBeGreaterThan(0);
  }
});

test("the table tells how the largest compares with the smallest", () => {
  const table = formatFanIn([100, 20_000], [{ way: "all", microsBySize: [2, 3] }]);
  expect(table).toContain("100   20,000");
  expect(table).toContain("2.00     3.00   × 1.50");
});
