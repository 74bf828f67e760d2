/** `rejoin replay` */
import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import type { Cli } from "../cli.ts";
import { CliError } from "../cli-error.ts";
import { parseDuration } from "../config/duration.ts";
import type { ReplayOutcome, ReplayReport } from "../replay/report.ts";

interface ReplayFlags {
  readonly entry: string;
  readonly until?: number;
  readonly execute?: boolean;
  readonly timeout: number;
  readonly inspect?: string | true;
  readonly inspectBrk?: string | true;
  readonly json?: boolean;
}

const TIMEOUT_MS = 10_000;

/** The exit codes of this command; others as everywhere. */
export const REPLAY_EXIT: Readonly<Record<ReplayOutcome, number>> = {
  completed: 0,
  stands: 0,
  unusable: 1,
  diverged: 5,
  failed: 7,
  stuck: 8,
};

const HELP = `
The handler is run against the recorded journal. What is recorded is not done again, and nothing new is
done: no call is made, and no closure of a ctx.run is executed unless you say --execute. The program is
loaded, though: what it does outside of its handlers, it does. It opens no port.

Exit codes:
  0  the handler has come as far as is recorded
  1  there is nothing to replay, or the program cannot be loaded
  5  the handler parts from the journal
  7  the handler throws an error that would be retried
  8  the handler neither ends nor comes to rest

Examples:
  rejoin replay inv_1gdJBtdVEcM942bjcDmb1c1khoaJe11Hbz --entry src/app.ts
  rejoin replay broken.json --entry src/app.ts --until 12
  rejoin replay broken.json --entry src/app.ts --inspect-brk`;

export function addReplay(parent: Command, cli: Cli): void {
  parent
    .command("replay")
    .summary("run a handler against the journal of an invocation")
    .description(
      "Run the handler of an invocation here, against its recorded journal: see each command, where " +
        "the handler stands, or where it parts from what is recorded.",
    )
    .argument("<invocation>", "an id, or a file that `rejoin invocations export` has written")
    .requiredOption("--entry <file>", "the file that serves the service, or exports it")
    .option("--until <index>", "go no further than this journal entry", parseIndex)
    .option("--execute", "execute the closures of ctx.run that have no recorded result")
    .option("--timeout <duration>", "how long the handler may take", parseTimeout, TIMEOUT_MS)
    .option("--inspect [host:port]", "run it under a debugger")
    .option("--inspect-brk [host:port]", "likewise, and wait until the debugger is there")
    .option("--json", "print JSON")
    .addHelpText("after", HELP)
    .action((source: string, flags: ReplayFlags) => replay(cli, source, flags));
}

async function replay(cli: Cli, source: string, flags: ReplayFlags): Promise<void> {
  const [{ runReplay }, { renderReport }] = await Promise.all([
    import("../replay/run-replay.ts"),
    import("../replay/render-report.ts"),
  ]);
  const report = await runReplay(cli.environment, () => cli.admin, {
    source,
    entry: flags.entry,
    until: flags.until,
    execute: flags.execute === true,
    timeoutMs: flags.timeout,
    inspect: [
      ...toOption("--inspect", flags.inspect),
      ...toOption("--inspect-brk", flags.inspectBrk),
    ],
  });
  if (flags.json === true) cli.printJson(report);
  else if (report.outcome !== "unusable") cli.print(renderReport(report, cli.colours));
  const exitCode = REPLAY_EXIT[report.outcome];
  if (exitCode !== 0) throw new CliError(...toError(report, exitCode));
}

function toError(report: ReplayReport, exitCode: number): ConstructorParameters<typeof CliError> {
  const { hint } = report;
  return [describe(report), { exitCode, ...(hint === undefined ? {} : { hint }) }];
}

function describe({ outcome, divergence, failure, message = outcome }: ReplayReport): string {
  switch (outcome) {
    case "diverged":
      return `the handler parts from the journal at command ${divergence?.command_index}`;
    case "failed":
      return `the handler fails: ${failure?.message}`;
    default:
      return message;
  }
}

function toOption(name: string, value: string | true | undefined): readonly string[] {
  if (value === undefined) return [];
  return [value === true ? name : `${name}=${value}`];
}

function parseIndex(text: string): number {
  const index = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(index)) return index;
  throw new InvalidArgumentError("it must be a whole number, 0 or more.");
}

function parseTimeout(text: string): number {
  const durationMs = parseDuration(text);
  if (durationMs !== undefined && durationMs > 0) return durationMs;
  throw new InvalidArgumentError("it must be a duration such as 30s.");
}
