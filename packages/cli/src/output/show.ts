/**
 * How commands that only look print what they have found: once, or with `--watch` again and again.
 *
 * | | once | `--watch` |
 * |---|---|---|
 * | text, terminal | text | drawn in place, as much as the screen has room for |
 * | text, elsewhere | text | blocks, each under a line with the time |
 * | `--json` | one document over several lines | one document a line |
 * | `--jsonl` | one item a line | one item a line |
 */
import { ClientError } from "@rejoin/client";
import type { Cli } from "../cli.ts";
import type { LiveArea } from "../environment/cli-environment.ts";
import type { Colours } from "../render/colours.ts";
import { formatInstant } from "../render/time.ts";
import { type Interruption, interruptible } from "./interruption.ts";
import { type OutputOptions, WATCH_SECONDS_DEFAULT } from "./output-options.ts";

export interface View<T> {
  fetch(): Promise<T>;
  /** For people; `""` for nothing. */
  toText(data: T, colours: Colours): string;
  /** By default the data as it is. */
  toJson?(data: T): unknown;
  /** The items, if it is a list. */
  toLines?(data: T): readonly unknown[];
  /** What else the person should know; not part of the data. */
  toNotes?(data: T): readonly string[];
}

export async function show<T>(cli: Cli, options: OutputOptions, view: View<T>): Promise<void> {
  if (options.watch !== undefined) return watch(cli, options, view);
  const data = await view.fetch();
  if (options.jsonl === true && view.toLines !== undefined) {
    for (const item of view.toLines(data)) cli.printJsonLine(item);
  } else if (options.json === true) {
    cli.printJson(toJson(view, data));
  } else {
    cli.print(view.toText(data, cli.colours));
  }
  for (const note of view.toNotes?.(data) ?? []) cli.note(note);
}

async function watch<T>(cli: Cli, options: OutputOptions, view: View<T>): Promise<void> {
  const seconds = typeof options.watch === "number" ? options.watch : WATCH_SECONDS_DEFAULT;
  const isData = options.json === true || options.jsonl === true;
  const area =
    !isData && cli.environment.stdout.isTerminal
      ? await cli.environment.openLiveArea("stdout")
      : undefined;
  await interruptible(cli.environment, async (interruption) => {
    try {
      do {
        await showOnce(cli, { options, view, area, interruption });
      } while (await interruption.sleep(seconds * 1000));
    } finally {
      area?.done();
    }
  });
}

interface Watched<T> {
  readonly options: OutputOptions;
  readonly view: View<T>;
  readonly area: LiveArea | undefined;
  readonly interruption: Interruption;
}

/** A server that is away for a while is no reason to stop watching it. */
async function showOnce<T>(cli: Cli, watched: Watched<T>): Promise<void> {
  const { options, view, area, interruption } = watched;
  try {
    const data = await interruption.race(view.fetch());
    if (data === undefined) return;
    if (options.jsonl === true && view.toLines !== undefined) {
      for (const item of view.toLines(data.value)) cli.printJsonLine(item);
    } else if (options.json === true || options.jsonl === true) {
      cli.printJsonLine(toJson(view, data.value));
    } else {
      const notes = (view.toNotes?.(data.value) ?? []).map((note) => `${cli.colours.dim(note)}\n`);
      draw(cli, area, view.toText(data.value, cli.colours) + notes.join(""));
    }
  } catch (error) {
    if (!(error instanceof ClientError) || error.kind !== "unreachable") throw error;
    if (area === undefined) cli.note(error.message);
    else draw(cli, area, `${cli.colours.red("error:")} ${error.message}\n`);
  }
}

function draw(cli: Cli, area: LiveArea | undefined, text: string): void {
  const at = formatInstant(new Date(cli.environment.now()).toISOString());
  const block = `${cli.colours.dim(`--- ${at}`)}\n${text}`;
  if (area === undefined) cli.print(block);
  else area.draw(block);
}

function toJson<T>(view: View<T>, data: T): unknown {
  return view.toJson === undefined ? data : view.toJson(data);
}
