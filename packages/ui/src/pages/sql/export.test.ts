import { expect, it } from "vitest";
import { cellText, columnsOf, toCsv } from "./export.ts";

it("takes the columns of all rows", () => {
  expect(columnsOf([{ a: 1 }, { b: 2, a: 3 }])).toEqual(["a", "b"]);
  expect(columnsOf([])).toEqual([]);
});

it("writes what a spreadsheet reads, and nothing that it would run", () => {
  const rows = [{ a: 'say "hi", twice', b: ["x"], n: -1 }, { a: "=1+1" }];
  expect(toCsv(rows)).toBe('a,b,n\r\n"say ""hi"", twice","[""x""]",-1\r\n\'=1+1,,');
  expect(cellText(null)).toBe("");
});
