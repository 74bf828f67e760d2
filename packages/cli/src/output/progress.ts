/** How far something is that takes a while: a bar on stderr, if that is a terminal. */
import type { Cli } from "../cli.ts";
import { renderBar } from "../render/bar.ts";

export interface Progress {
  update(done: number, failed: number): void;
  close(): void;
}

const BAR_COLUMNS = 30;
/** Less is over before anybody looks. */
const COUNT_MIN = 2;

export async function openProgress(cli: Cli, what: string, total: number): Promise<Progress> {
  const { environment, noteColours } = cli;
  if (!environment.stderr.isTerminal || total < COUNT_MIN) {
    return { update: () => undefined, close: () => undefined };
  }
  const area = await environment.openLiveArea("stderr");
  const update = (done: number, failed: number) => {
    const bar = renderBar({ total, parts: [done - failed, failed] }, BAR_COLUMNS, noteColours);
    const failures = failed === 0 ? "" : `, ${noteColours.red(`${failed} failed`)}`;
    area.draw(`${what} ${bar} ${done}/${total}${failures}`);
  };
  update(0, 0);
  return { update, close: () => area.done() };
}
