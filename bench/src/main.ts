/** `npm run bench`: what Rejoin costs, on this machine. */
import { writeFile } from "node:fs/promises";
import { runBenchmark } from "./benchmark.ts";
import { parseOptions, USAGE, UsageError } from "./options.ts";
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
  const targets: Target[] = [];
  for (const name of options.targets) targets.push(await createTarget(name));
  if (options.targets.includes("restate") && process.platform !== "linux") {
    process.stderr.write(
      "CPU and memory of the reference server are not measured: that takes Linux's /proc\n",
    );
  }
  const progress = (line: string) => process.stderr.write(`${line}\n`);
  const report = await runBenchmark(options, { targets, resources, progress });
  process.stdout.write(`\n${formatReport(report)}`);
  if (options.jsonFile !== undefined) {
    await writeFile(options.jsonFile, `${JSON.stringify(report, undefined, 2)}\n`);
  }
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
