import { describe, expect, it } from "vitest";
import { parseOptions, USAGE, UsageError } from "./options.ts";
import { TARGET_NAMES } from "./target/target.ts";

const names = (...args: string[]) => parseOptions(args)?.works.map(({ name }) => name);

describe("the command line", () => {
  it("runs everything unless works are named", () => {
    expect(names()).toEqual([
      "fanout:empty",
      "fanout:random",
      "fanout:suspended-all",
      "fanout:suspended-order",
      "echo:64",
      "echo:1",
      "sequential-runs",
    ]);
    expect(names("sequential-runs", "fanout:random")).toEqual(["sequential-runs", "fanout:random"]);
    expect(names("echo")).toEqual(["echo:64", "echo:1"]);
  });

  it("measures fan-outs of 1,000 to 30,000 in five runs, or as it is told", () => {
    expect(parseOptions(["fanout"])).toMatchObject({ runs: 5, limitMs: 120_000 });
    expect(parseOptions(["fanout"])?.works[0]?.sizes).toEqual([1000, 3000, 10_000, 30_000]);
    expect(parseOptions(["fanout", "--sizes", "30,10"])?.works[0]?.sizes).toEqual([10, 30]);
  });

  it("measures the embedded server, or the targets that it is told, each once and in that order", () => {
    const targets = (...args: string[]) => parseOptions(args)?.targets;
    expect(targets()).toEqual(["rejoin"]);
    expect(targets("--peers", "restate")).toEqual(["rejoin", "restate"]);
    expect(targets("--targets", "rejoin-http2,rejoin")).toEqual(["rejoin-http2", "rejoin"]);
    expect(targets("--targets", "restate,rejoin-restate-sdk", "--peers", "restate")).toEqual([
      "restate",
      "rejoin-restate-sdk",
    ]);
  });

  it("names every target in its help", () => {
    for (const name of TARGET_NAMES) expect(USAGE).toMatch(new RegExp(`^  ${name} `, "m"));
  });

  it("shows help instead", () => {
    expect(parseOptions(["fanout", "--help"])).toBeUndefined();
  });

  it.each([
    [["fan"], "unknown work fan"],
    [["--runs", "0"], "--runs takes numbers above zero"],
    [["--sizes", "1000,many"], "--sizes takes numbers above zero"],
    [["--peers", "other"], "unknown peer other"],
    [["--targets", "rejoin,other"], "unknown target other; there is: rejoin, rejoin-http2"],
    [["--targets", ""], "unknown target"],
    [["--fast"], "--fast"],
  ])("refuses %j", (args, message) => {
    const parse = () => parseOptions(args);
    expect(parse).toThrow(UsageError);
    expect(parse).toThrow(message);
  });
});
