/** The tasks that have a row. */
import { Tag, type Write } from "@rejoin/engine";
import type { Stats } from "../stats.ts";
import type { CommitObserver } from "./commit-observer.ts";
import { binaryText } from "./disk-rows.ts";

const KINDS: Readonly<Record<string, string>> = {
  k: "kill",
  p: "purge",
  j: "purgeJournal",
  c: "clear",
  r: "copy",
  u: "unlock",
  g: "grant",
};

export class TaskLog implements CommitObserver {
  private readonly rows = new Set<string>();
  private readonly stats: Stats;

  constructor(stats: Stats) {
    this.stats = stats;
  }

  /** Tasks that are not done. */
  get open(): number {
    return this.rows.size;
  }

  row(partition: number, { key, value }: Write): void {
    if (key[0] !== Tag.task) return;
    const row = `${partition} ${binaryText(key)}`;
    if (value === undefined) {
      this.rows.delete(row);
      return;
    }
    const kind = KINDS[String.fromCharCode(key[1] ?? 0)] ?? "of another kind";
    this.stats.count(this.rows.has(row) ? `page of a task: ${kind}` : `task: ${kind}`);
    this.rows.add(row);
  }
}
