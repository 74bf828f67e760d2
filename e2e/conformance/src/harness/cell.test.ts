import { expect, it } from "vitest";
import { chooseCells, nameOf } from "./cell.ts";

const names = (...choice: Parameters<typeof chooseCells>) => chooseCells(...choice).map(nameOf);

it("chooses one cell of our server, or all of them", () => {
  expect(names("reference", {})).toEqual([
    "rejoin server, reference sdk, http2, suspends normally, protocol 7",
  ]);
  expect(names("rejoin", {})).toEqual([
    "rejoin server, rejoin sdk, http2, suspends always, protocol 7",
  ]);
  const full = names("reference", { REJOIN_TEST_FULL: "1" });
  expect(new Set(full).size).toBe(8);
  expect(full.filter((name) => name.startsWith("restate server"))).toEqual([]);
  expect(new Set(names("rejoin", { REJOIN_TEST_FULL: "1" })).size).toBe(12);
});

it("chooses the cells whose names have all of the words", () => {
  const variables = { REJOIN_CONFORMANCE_CELLS: "restate server, http1,protocol 6" };
  expect(names("reference", variables)).toEqual([
    "restate server, reference sdk, http1, suspends normally, protocol 6",
    "restate server, reference sdk, http1, suspends always, protocol 6",
  ]);
  expect(names("rejoin", { REJOIN_CONFORMANCE_CELLS: "no such cell" })).toEqual([]);
});

it("has services in the server's process where server and SDK are ours, and nowhere else", () => {
  const variables = { REJOIN_CONFORMANCE_CELLS: "in-process" };
  expect(names("rejoin", variables)).toEqual([
    "rejoin server, rejoin sdk, in-process, suspends normally, protocol 7",
    "rejoin server, rejoin sdk, in-process, suspends normally, protocol 6",
    "rejoin server, rejoin sdk, in-process, suspends always, protocol 7",
    "rejoin server, rejoin sdk, in-process, suspends always, protocol 6",
  ]);
  expect(names("reference", variables)).toEqual([]);
});
