/** What commands draw on the terminal of this process. The libraries are loaded when they are used. */
import { stripVTControlCharacters } from "node:util";
import type { ReactElement } from "react";
import { sanitize } from "../render/sanitize.ts";
import type { LiveArea, Screen, ScreenOptions } from "./cli-environment.ts";

const ROWS_DEFAULT = 24;
const COLUMNS_DEFAULT = 80;
/** The line of the cursor, and the one that says how many are missing. */
const ROWS_KEPT = 2;

const ENTER_ALTERNATE = "\u001b[?1049h\u001b[H";
const LEAVE_ALTERNATE = "\u001b[?1049l";

export async function openLiveArea(name: "stdout" | "stderr"): Promise<LiveArea> {
  const stream = process[name];
  const { createLogUpdate } = await import("log-update");
  const update = createLogUpdate(stream);
  return {
    draw: (text) => {
      const { rows = ROWS_DEFAULT, columns = COLUMNS_DEFAULT } = stream;
      update(fitScreen(sanitize(text), rows, columns));
    },
    done: () => update.done(),
  };
}

/** The first lines of the text, as many as the screen has room for. */
export function fitScreen(text: string, rows: number, columns: number): string {
  const lines = text.trimEnd().split("\n");
  const heights = lines.map((line) =>
    Math.max(1, Math.ceil(stripVTControlCharacters(line).length / Math.max(1, columns))),
  );
  const height = heights.reduce((sum, own) => sum + own, 0);
  if (height < rows) return lines.join("\n");
  let shown = 0;
  for (let left = rows - ROWS_KEPT - (heights[0] ?? 0); left >= 0; left -= heights[shown] ?? 0) {
    shown++;
  }
  return [...lines.slice(0, shown), `… ${lines.length - shown} more lines`].join("\n");
}

/** Ctrl-C ends it, as `q` does if the element says so. */
export async function openScreen(
  element: ReactElement,
  { isFull }: ScreenOptions,
): Promise<Screen> {
  const { render } = await import("ink");
  if (isFull) process.stdout.write(ENTER_ALTERNATE);
  const screen = render(element, { patchConsole: false });
  const ended = screen.waitUntilExit().then(() => {
    if (isFull) process.stdout.write(LEAVE_ALTERNATE);
  });
  return { ended, close: () => screen.unmount() };
}
