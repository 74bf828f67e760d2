/** `rejoin invocations watch`: the progress of an invocation and of all that it has called. */
import { ClientError } from "@rejoin/client";
import { type Command, InvalidArgumentError } from "commander";
import type { Cli } from "../../cli.ts";
import { CliError, EXIT } from "../../cli-error.ts";
import type { LiveArea } from "../../environment/cli-environment.ts";
import { type Interruption, interruptible } from "../../output/interruption.ts";
import { type FanOut, fetchFanOut, isOver, toJson } from "../../progress/fan-out.ts";
import { describeFanOut, renderFanOut } from "../../render/fan-out.ts";
import { ACTIVE } from "./filter-options.ts";
import { resolveOne } from "./query.ts";

interface WatchOptions {
  readonly interval: number;
  readonly json?: boolean;
}

const INTERVAL_DEFAULT_S = 1;

const HELP = `
On a terminal it is drawn in place; elsewhere there is a line for each change. It ends when the
invocation and all that it has called have ended: with 0, or with 5 if the invocation has failed.
Ctrl-C stops the watching, and exits with 6.

Examples:
  rejoin invocations watch worker/run
  rejoin invocations watch inv_1gdJBtdVEcM942bjcDmb1c1khoaJe11Hbz --json | jq .seconds_left`;

export function addWatchInvocation(parent: Command, cli: Cli): void {
  parent
    .command("watch")
    .summary("follow an invocation and all that it has called, with a progress bar")
    .description(
      "Follow an invocation and all that it has called: done, running, failed, time left.",
    )
    .argument("<id>", "the invocation's id, or a target of which only one is active")
    .option("-n, --interval <seconds>", "how often to look", parseSeconds, INTERVAL_DEFAULT_S)
    .option("--json", "print JSON, one document a line for each look")
    .addHelpText("after", HELP)
    .action(async (query: string, options: WatchOptions) => {
      const id = await resolveOne(cli, query, { status: ACTIVE });
      await watch(cli, id, options);
    });
}

async function watch(cli: Cli, id: string, options: WatchOptions): Promise<void> {
  const isDrawn = cli.environment.stdout.isTerminal && options.json !== true;
  const area = isDrawn ? await cli.environment.openLiveArea("stdout") : undefined;
  const printer = new Printer(cli, area, options.json === true);
  const last = await interruptible(cli.environment, async (interruption) => {
    try {
      return await follow(cli, { id, options, interruption, printer });
    } finally {
      area?.done();
    }
  });
  report(cli, id, last, options);
}

interface Following {
  readonly id: string;
  readonly options: WatchOptions;
  readonly interruption: Interruption;
  readonly printer: Printer;
}

/** The last sample; `undefined` if the person left before the end. */
async function follow(cli: Cli, own: Following): Promise<FanOut | undefined> {
  const { id, options, interruption, printer } = own;
  for (let isFirst = true; ; isFirst = false) {
    try {
      const sample = await interruption.race(fetchFanOut(cli.admin, id));
      if (sample === undefined) return undefined;
      printer.print(sample.value);
      if (isOver(sample.value)) return sample.value;
    } catch (error) {
      // A server that is away for a while is no reason to stop watching.
      if (isFirst || !(error instanceof ClientError) || error.kind !== "unreachable") throw error;
      printer.printProblem(error.message);
    }
    if (!(await interruption.sleep(options.interval * 1000))) return undefined;
  }
}

class Printer {
  readonly #cli: Cli;
  readonly #area: LiveArea | undefined;
  readonly #isJson: boolean;
  #last = "";

  constructor(cli: Cli, area: LiveArea | undefined, isJson: boolean) {
    this.#cli = cli;
    this.#area = area;
    this.#isJson = isJson;
  }

  print(sample: FanOut): void {
    const { environment, colours } = this.#cli;
    if (this.#isJson) return this.#cli.printJsonLine(toJson(sample));
    if (this.#area !== undefined) {
      return this.#area.draw(renderFanOut(sample, environment.now(), colours));
    }
    this.#printLine(describeFanOut(sample, colours));
    if (isOver(sample)) this.#cli.print(`\n${renderFanOut(sample, environment.now(), colours)}`);
  }

  printProblem(message: string): void {
    if (this.#area === undefined) return this.#cli.note(message);
    this.#area.draw(`${this.#cli.colours.red("error:")} ${message}`);
  }

  #printLine(line: string): void {
    if (line !== this.#last) this.#cli.print(line);
    this.#last = line;
  }
}

function report(cli: Cli, id: string, last: FanOut | undefined, options: WatchOptions): void {
  if (last === undefined) {
    throw new CliError(`stopped watching ${id}, which goes on`, { exitCode: EXIT.notReady });
  }
  const { completion_result: result, completion_failure: failure } = last.invocation;
  if (result !== "failure") return;
  if (options.json !== true) cli.note("");
  throw new CliError(`${id} has failed: ${failure}`, { exitCode: EXIT.invocationFailed });
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (seconds >= 0.1 && seconds <= 86_400) return seconds;
  throw new InvalidArgumentError("It must be a number of seconds from 0.1 to 86400.");
}
