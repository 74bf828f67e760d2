/** `npm run bench`: what Rejoin costs, on this machine. */
import { writeFile } from "node:fs/promises";
import { runBenchmark } from "./benchmark.ts";
import { parseOptions, USAGE, UsageError } from "./options.ts";
import { formatReport } from "./report/report.ts";
import { Resources } from "./resources.ts";
import { createRestateTarget } from "./restate/restate.ts";
import { rejoinTarget } from "./target/rejoin.ts";
import type { Target } from "./target/target.ts";

async function main(args: readonly string[], resources: Resources): Promise<void> {
  const options = parseOptions(args);
  if (options === undefined) {
    process.stdout.write(USAGE);
    return;
  }
  const targets: Target[] = [rejoinTarget];
  if (options.peers.includes("restate")) targets.push(await createRestateTarget());
  if (targets.length > 1 && process.platform !== "linux") {
    process.stderr.write("CPU and memory of a peer are not measured: that takes Linux's /proc\n");
  }
  const progress = (line: string) => process.stderr.write(`${line}\n`);
  const report = await runBenchmark(options, { targets, resources, progress });
  process.stdout.write(`\n${formatReport(report)}`);
  if (options.jsonFile !== undefined) {
    await writeFile(options.jsonFile, `${JSON.stringify(report, undefined, 2)}\n`);
  }
}

const resources = new Resources();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    resources.releaseAll();
    process.exit(1);
  });
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
