import { describe, expect, it } from "vitest";
import { formatNodeFlags, nodeFlags } from "./node-flags.ts";

describe("flags of Node", () => {
  it("are the documented ones unless something else is said", () => {
    expect(nodeFlags({})).toEqual(["--max-semi-space-size=64"]);
    expect(nodeFlags({ REJOIN_NODE_FLAGS: " --a=1  --b " })).toEqual(["--a=1", "--b"]);
    expect(nodeFlags({ REJOIN_NODE_FLAGS: "" })).toEqual([]);
  });

  it("are shown in the header", () => {
    expect(formatNodeFlags(["--a=1", "--b"])).toBe("--a=1 --b");
    expect(formatNodeFlags([])).toBe("none");
  });
});
