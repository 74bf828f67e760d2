/** `rejoin top` on a terminal: drawn again and again, and moved with keys. */
import { Box, Text, useApp, useInput, useStdout } from "ink";
import { createElement as h, type ReactElement, useEffect, useState } from "react";
import type { Colours } from "../render/colours.ts";
import { sanitize } from "../render/sanitize.ts";
import { PANES, type Pane, renderHead, renderPane } from "./render-top.ts";
import type { TopData } from "./top-data.ts";

export interface TopScreenProps {
  /** Rejects with an error whose message is shown. */
  readonly fetch: () => Promise<TopData>;
  readonly where: string;
  readonly intervalMs: number;
  readonly now: () => number;
  readonly after: (delayMs: number, callback: () => void) => () => void;
  readonly colours: Colours;
}

interface Shown {
  readonly data: TopData | undefined;
  readonly problem: string | undefined;
}

const ROWS_DEFAULT = 24;
/** Everything but the pane. */
const ROWS_FIXED = 11;

export function TopScreen(props: TopScreenProps): ReactElement {
  const { colours, now, where } = props;
  const [pane, setPane] = useState<Pane>("services");
  const [offset, setOffset] = useState(0);
  const [isHeld, setHeld] = useState(false);
  const { data, problem } = useData(props, isHeld);
  const { exit } = useApp();
  const { stdout } = useStdout();

  const turnTo = (next: Pane) => {
    setPane(next);
    setOffset(0);
  };
  useInput((input, key) => {
    if (input === "q" || key.escape) return exit();
    if (input === " ") return setHeld(!isHeld);
    if (key.tab || key.rightArrow) return turnTo(neighbourOf(pane, key.shift ? -1 : 1));
    if (key.leftArrow) return turnTo(neighbourOf(pane, -1));
    if (key.downArrow || input === "j") return setOffset(offset + 1);
    if (key.upArrow || input === "k") return setOffset(Math.max(0, offset - 1));
    const chosen = PANES[Number(input) - 1];
    if (chosen !== undefined) turnTo(chosen);
  });

  const lines =
    data === undefined ? [] : renderPane(data, pane, now(), colours).trimEnd().split("\n");
  const rows = Math.max(3, (stdout.rows || ROWS_DEFAULT) - ROWS_FIXED);
  const tabs = PANES.map((own, index) => {
    const label = `${index + 1} ${own}`;
    return own === pane ? colours.inverse(` ${label} `) : ` ${label} `;
  });
  const state = isHeld ? "held, space goes on" : "space holds";
  return h(
    Box,
    { flexDirection: "column" },
    line(data === undefined ? `rejoin ${where}` : renderHead(data, where, colours)),
    line(problem === undefined ? " " : colours.red(problem)),
    line(tabs.join("")),
    line(windowOf(lines, offset, rows)),
    line(colours.dim(`q quits, tab turns, ↑ ↓ move, ${state}`)),
  );
}

function line(text: string): ReactElement {
  return h(Text, { wrap: "truncate-end" }, sanitize(text));
}

/** The head of a table stays where it is. */
function windowOf(lines: readonly string[], offset: number, rows: number): string {
  const [head = " ", ...rest] = lines;
  const start = Math.min(offset, Math.max(0, rest.length - 1));
  return [head, ...rest.slice(start, start + rows)].join("\n");
}

function neighbourOf(pane: Pane, step: number): Pane {
  const index = (PANES.indexOf(pane) + step + PANES.length) % PANES.length;
  return PANES[index] ?? pane;
}

/** What was fetched last stays when the server is away. */
function useData({ fetch, intervalMs, after }: TopScreenProps, isHeld: boolean): Shown {
  const [shown, setShown] = useState<Shown>({ data: undefined, problem: undefined });
  useEffect(() => {
    if (isHeld) return undefined;
    let isGone = false;
    let cancel: () => void = () => undefined;
    const next = async (): Promise<void> => {
      try {
        const data = await fetch();
        if (!isGone) setShown({ data, problem: undefined });
      } catch (error) {
        const problem = error instanceof Error ? error.message : String(error);
        if (!isGone) setShown(({ data }) => ({ data, problem }));
      }
      if (!isGone) cancel = after(intervalMs, () => void next());
    };
    void next();
    return () => {
      isGone = true;
      cancel();
    };
  }, [fetch, intervalMs, after, isHeld]);
  return shown;
}
