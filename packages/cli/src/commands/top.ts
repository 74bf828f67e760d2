/** `rejoin top`: how the server is doing, live. */
import { type Command, InvalidArgumentError } from "commander";
import type { Cli } from "../cli.ts";
import { usageError } from "../cli-error.ts";
import { PANES, renderHead, renderPane } from "../top/render-top.ts";
import { fetchTop, type TopData } from "../top/top-data.ts";

interface TopOptions {
  readonly interval: number;
  readonly once?: boolean;
  readonly json?: boolean;
}

const HELP = `
Without a terminal, or with --once, it is printed once. Keys: q quits, tab or 1 to 4 turn to another
pane, arrows move, space holds.

Examples:
  rejoin top
  rejoin top --once
  rejoin top --json | jq .overview.stuck`;

export function addTop(parent: Command, cli: Cli): void {
  parent
    .command("top")
    .summary("see live how the server is doing: rates, what is stuck, what fails")
    .description("See live how the server is doing: rates, what runs, what is stuck, what fails.")
    .option("-n, --interval <seconds>", "how often to look", parseSeconds, 2)
    .option("--once", "print it once")
    .option("--json", "print it once, as JSON")
    .addHelpText("after", HELP)
    .action((options: TopOptions) => top(cli, options));
}

async function top(cli: Cli, options: TopOptions): Promise<void> {
  const { environment, colours } = cli;
  const { admin } = cli;
  const fetch = () => fetchTop(admin, environment.now());
  const where = cli.connection.admin.url;
  if (options.json === true) return cli.printJson(await fetch());
  // A server that is not there is said so before the screen is taken.
  const first = await fetch();
  if (options.once === true || !environment.stdout.isTerminal) {
    return cli.print(renderAll(cli, first, where));
  }
  if (!environment.canAsk) {
    throw usageError("there is no terminal to read keys from", "--once prints it once");
  }
  const [{ createElement }, { TopScreen }] = await Promise.all([
    import("react"),
    import("../top/top-screen.ts"),
  ]);
  let known: TopData | undefined = first;
  const element = createElement(TopScreen, {
    // What is there already is shown at once.
    fetch: async () => {
      const data = known ?? (await fetch());
      known = undefined;
      return data;
    },
    where,
    intervalMs: options.interval * 1000,
    now: environment.now,
    after: environment.after,
    colours,
  });
  const screen = await environment.openScreen(element, { isFull: true });
  const release = environment.onSignal(() => screen.close());
  await screen.ended;
  release();
}

function renderAll({ environment, colours }: Cli, data: TopData, where: string): string {
  const panes = PANES.map(
    (pane) => `\n${colours.bold(pane)}\n${renderPane(data, pane, environment.now(), colours)}`,
  );
  return `${renderHead(data, where, colours)}\n${panes.join("")}`;
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (seconds >= 0.1 && seconds <= 86_400) return seconds;
  throw new InvalidArgumentError("It must be a number of seconds from 0.1 to 86400.");
}
