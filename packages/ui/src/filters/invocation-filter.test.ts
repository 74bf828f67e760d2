import { describe, expect, it } from "vitest";
import {
  countConditions,
  formatFilter,
  type ListFilter,
  matchesStatus,
  NO_FILTER,
  parseFilter,
  parseSearch,
  toApiFilter,
} from "./invocation-filter.ts";

const NOW = Date.parse("2026-03-01T12:00:00Z");

describe("the filter of a URL", () => {
  it("comes back as it was written", () => {
    const filter: ListFilter = {
      status: ["running", "failed"],
      service: ["worker", "cart"],
      handler: ["run"],
      key: "it's 100% ключ/&=",
      error: "card declined",
      createdAfter: "15m",
      order: "oldest",
    };
    expect(parseFilter(formatFilter(filter))).toEqual(filter);
  });

  it("is readable", () => {
    const filter = { ...NO_FILTER, status: ["running", "paused"] as const, target: "cart/alice" };
    expect(formatFilter(filter)).toBe("?status=running,paused&target=cart/alice");
    expect(formatFilter(NO_FILTER)).toBe("");
  });

  it("leaves out what makes no sense", () => {
    expect(parseFilter("?status=nope,running&order=sideways&service=,a,,a&key=%20&x=1")).toEqual({
      ...NO_FILTER,
      status: ["running"],
      service: ["a"],
    });
  });

  it("counts its conditions", () => {
    expect(countConditions(NO_FILTER)).toBe(0);
    expect(countConditions(parseFilter("?status=running,paused&error=x&order=oldest"))).toBe(2);
  });
});

describe("for the API", () => {
  it("one outcome is a status and a result", () => {
    expect(toApiFilter(parseFilter("?status=failed"), NOW)).toEqual({
      status: "completed",
      completion_result: "failure",
    });
    expect(toApiFilter(parseFilter("?status=succeeded,failed"), NOW)).toEqual({
      status: "completed",
    });
  });

  it("an outcome beside other statuses is told apart in the answer", () => {
    const { status } = parseFilter("?status=running,failed");
    expect(toApiFilter({ ...NO_FILTER, status }, NOW)).toEqual({ status: "running,completed" });
    expect(matchesStatus(status, { status: "completed", completion_result: "failure" })).toBe(true);
    expect(matchesStatus(status, { status: "completed", completion_result: "success" })).toBe(
      false,
    );
    expect(matchesStatus(status, { status: "paused" })).toBe(false);
    expect(matchesStatus([], { status: "paused" })).toBe(true);
  });

  it("a span is counted from now, and an instant is written out", () => {
    expect(toApiFilter(parseFilter("?created_after=2h&created_before=2026-03-01"), NOW)).toEqual({
      created_after: "2026-03-01T10:00:00.000Z",
      created_before: "2026-03-01T00:00:00.000Z",
    });
    expect(toApiFilter(parseFilter("?created_after=yesterday"), NOW)).toEqual({});
  });
});

describe("what is typed", () => {
  it.each([
    ["inv_1abc", { id: "inv_1abc" }],
    ["cart/alice/add", { target: "cart/alice/add" }],
    ["cart/", { target: "cart" }],
    ["card declined", { error: "card declined" }],
    ["  ", {}],
  ])("%s", (text, expected) => {
    expect(parseSearch(text)).toEqual(expected);
  });
});
