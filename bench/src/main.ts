/** `npm run bench`: what Rejoin costs, on this machine. */
import { writeFile } from "node:fs/promises";
import { runBenchmark } from "./benchmark.ts";
import { type Options, parseOptions, USAGE, UsageError } from "./options.ts";
import { MissingProgramError } from "./peers/debian.ts";
import { drawChart } from "./report/chart.ts";
import { formatReport } from "./report/report.ts";
import { Resources } from "./resources.ts";
import { formatFanIn, measureFanIn } from "./sdk/fan-in.ts";
import type { Target } from "./target/target.ts";
import { createTarget } from "./targets.ts";

/** What has no server, and so no targets. */
const SDK_FAN_IN = "sdk-fan-in";
const SDK_FAN_IN_SIZES = [100, 1000, 5000, 20_000];
const SDK_FAN_IN_RUNS = 3;

async function main(args: readonly string[], resources: Resources): Promise<void> {
  if (args[0] === SDK_FAN_IN) {
    if (args.length > 1) throw new UsageError(`${SDK_FAN_IN} takes no options`);
    const rows = await measureFanIn(SDK_FAN_IN_SIZES, SDK_FAN_IN_RUNS);
    process.stdout.write(`\n${formatFanIn(SDK_FAN_IN_SIZES, rows)}`);
    return;
  }
  const options = parseOptions(args);
  if (options === undefined) {
    process.stdout.write(USAGE);
    return;
  }
  const { targets, missing } = await createTargets(options);
  if (targets.length === 0) process.exitCode = 1;
  if (options.targets.includes("restate") && process.platform !== "linux") {
    process.stderr.write(
      "CPU and memory of the reference server are not measured: that takes Linux's /proc\n",
    );
  }
  const progress = (line: string) => process.stderr.write(`${line}\n`);
  const report = await runBenchmark(options, { targets, resources, progress });
  process.stdout.write(`\n${[formatReport(report), ...missing].join("\n")}`);
  if (options.jsonFile !== undefined) {
    await writeFile(options.jsonFile, `${JSON.stringify(report, undefined, 2)}\n`);
  }
  if (options.svgFile !== undefined) await writeFile(options.svgFile, drawChart(report));
}

/** Those that can be had on this machine; a line for each of the others, said at once and at the end. */
async function createTargets(options: Options) {
  const targets: Target[] = [];
  const missing: string[] = [];
  for (const name of options.targets) {
    try {
      targets.push(await createTarget(name));
    } catch (error) {
      if (!(error instanceof MissingProgramError)) throw error;
      missing.push(`SKIPPED, not measured: ${name}: ${error.message}\n`);
      process.stderr.write(missing.at(-1) ?? "");
    }
  }
  return { targets, missing };
}

const resources = new Resources();
// However this process ends, short of SIGKILL: then its Node children end by themselves.
process.once("exit", () => resources.releaseAll());
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  // Not once: the same signal may come twice, through a parent too, and would end the clean-up.
  process.on(signal, () => process.exit(1));
}
try {
  await main(process.argv.slice(2), resources);
} catch (error) {
  process.exitCode = 1;
  process.stderr.write(error instanceof UsageError ? `${error.message}\n\n${USAGE}` : "");
  if (!(error instanceof UsageError)) console.error(error);
} finally {
  resources.releaseAll();
}
