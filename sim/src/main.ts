/**
 * The simulator's command line.
 *
 *     node sim/dist/main.js --seed 42          one seed, with a trace
 *     node sim/dist/main.js --seeds 1..10000   many seeds, with counts
 */
import { runSeed } from "./run-seed.ts";
import { Stats } from "./stats.ts";

const USAGE = "usage: main.js --seed N [--quiet] | --seeds A..B";

async function replay(seed: number, quiet: boolean): Promise<number> {
  const result = await runSeed(seed, quiet ? {} : { print: (line) => console.log(line) });
  console.log(result.stats.format());
  console.log(`${result.steps} steps, ${result.virtualMs} ms, trace ${result.traceHash}`);
  for (const { kind, message } of result.violations) console.log(`VIOLATION ${kind}: ${message}`);
  return result.violations.length === 0 ? 0 : 1;
}

async function replayMany(first: number, last: number): Promise<number> {
  const stats = new Stats();
  const kinds = new Map<string, number[]>();
  let steps = 0;
  const startedAt = performance.now();
  for (let seed = first; seed <= last; seed++) {
    const result = await runSeed(seed);
    stats.add(result.stats);
    steps += result.steps;
    const [violation] = result.violations;
    if (violation === undefined) continue;
    const seeds = kinds.get(violation.kind) ?? [];
    seeds.push(seed);
    kinds.set(violation.kind, seeds);
    if (seeds.length <= 3) console.log(`seed ${seed} ${violation.kind}: ${violation.message}`);
  }
  const seconds = (performance.now() - startedAt) / 1000;
  const count = last - first + 1;
  console.log(stats.format());
  console.log(`${count} seeds, ${steps} steps, ${(count / seconds).toFixed(0)} seeds/s`);
  for (const [kind, seeds] of kinds) {
    console.log(`VIOLATION ${kind}: ${seeds.length} seeds: ${seeds.slice(0, 20).join(" ")}`);
  }
  return kinds.size === 0 ? 0 : 1;
}

async function main(args: readonly string[]): Promise<number> {
  const [option, value = ""] = args;
  const range = /^(\d+)\.\.(\d+)$/.exec(value);
  if (option === "--seeds" && range !== null) return replayMany(Number(range[1]), Number(range[2]));
  if (option === "--seed" && /^\d+$/.test(value)) {
    return replay(Number(value), args.includes("--quiet"));
  }
  console.error(USAGE);
  return 2;
}

process.exitCode = await main(process.argv.slice(2));
