import { describe, expect, it } from "vitest";
import { parseOptions, USAGE, UsageError } from "./options.ts";
import { TARGET_NAMES } from "./target/target.ts";

const names = (...args: string[]) => parseOptions(args)?.works.map(({ name }) => name);

const scenarios = (...args: string[]) => parseOptions(args)?.scenarios.map(({ name }) => name);

describe("the command line", () => {
  it("runs everything unless works are named", () => {
    expect(names()).toEqual([
      "fanout:empty",
      "fanout:random",
      "fanout:suspended-all",
      "fanout:suspended-order",
      "tree:10×10×100",
      "fanout:many-parents",
      "echo:64",
      "echo:1",
      "payload:1KB",
      "payload:100KB",
      "payload:4MB",
      "run-per-call",
      "sequential-runs",
      "parallel-runs",
      "object:one-key",
      "object:64-keys",
      "commits:one-by-one",
      "commits:groups",
    ]);
    expect(scenarios()).toEqual(["cold-start", "idle", "sleeping"]);
  });

  it("takes works and scenarios by name, or by the name before the colon, each once", () => {
    expect(names("sequential-runs", "fanout:random")).toEqual(["sequential-runs", "fanout:random"]);
    expect(names("echo", "echo:1")).toEqual(["echo:64", "echo:1"]);
    expect(names("tree")).toEqual(["tree:10×10×100"]);
    expect(names("soak")).toEqual([]);
    expect(scenarios("soak", "echo")).toEqual(["soak"]);
  });

  it("measures fan-outs of up to 100,000 in five runs, or as it is told", () => {
    expect(parseOptions(["fanout"])).toMatchObject({ runs: 5, limitMs: 120_000 });
    const sizes = (shape: string) => parseOptions([`fanout:${shape}`])?.works[0]?.sizes;
    expect(sizes("empty")).toEqual([100, 1000, 5000, 10_000, 20_000, 100_000]);
    expect(sizes("random")).toEqual([1000, 3000, 10_000, 30_000]);
    expect(parseOptions(["fanout", "--sizes", "30,10"])?.works[0]?.sizes).toEqual([10, 30]);
  });

  it("measures the embedded server, or the targets that it is told, each once and in that order", () => {
    const targets = (...args: string[]) => parseOptions(args)?.targets;
    expect(targets()).toEqual(["rejoin", "floor"]);
    expect(targets("--peers", "restate")).toEqual(["rejoin", "floor", "restate"]);
    expect(targets("--targets", "rejoin", "--peers", "dbos,bullmq")).toEqual([
      "rejoin",
      "dbos",
      "bullmq",
    ]);
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
    [["--tree", "2,0"], "--tree takes numbers above zero"],
    [["--sleepers=-1"], "--sleepers takes numbers above zero"],
    [["--peers", "restate,other"], "unknown peer other; there is: restate, dbos, bullmq"],
    [["--peers", "floor"], "unknown peer floor"],
    [["--targets", "rejoin,other"], "unknown target other; there is: rejoin, rejoin-http2"],
    [["--targets", ""], "unknown target"],
    [["--fast"], "--fast"],
  ])("refuses %j", (args, message) => {
    const parse = () => parseOptions(args);
    expect(parse).toThrow(UsageError);
    expect(parse).toThrow(message);
  });
});
