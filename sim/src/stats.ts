/** How often each thing happened: faults, edges, answers. */
export class Stats {
  readonly counts = new Map<string, number>();

  count(what: string, times = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + times);
  }

  add(other: Stats): void {
    for (const [what, times] of other.counts) this.count(what, times);
  }

  get(what: string): number {
    return this.counts.get(what) ?? 0;
  }

  /** One line each, in order of their names. */
  format(): string {
    const rows = [...this.counts].sort(([a], [b]) => (a < b ? -1 : 1));
    return rows.map(([what, times]) => `${what.padEnd(36)} ${times}`).join("\n");
  }
}
