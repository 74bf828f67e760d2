import { expect, it } from "vitest";
import { rowsAtOnce } from "./page-rows.ts";

it("begins with a few, and reads as many as their size allows", () => {
  expect(rowsAtOnce(0, 0, 256)).toBe(4);
  expect(rowsAtOnce(0, 0, 2)).toBe(2);
  expect(rowsAtOnce(4, 40, 256)).toBe(256);
  expect(rowsAtOnce(4, 4 * 100 * 1024, 256)).toBe(10);
  expect(rowsAtOnce(4, 128 * 1024 * 1024, 256)).toBe(1);
  expect(rowsAtOnce(4, 0, 256)).toBe(256);
});
