/**
 * What is counted: plain numbers, changed in place. Whoever counts keeps the instrument of its labels
 * and never looks one up by their names; the text is made when somebody asks for it.
 */

/** Only goes up. */
export class Counter {
  value = 0;

  add(amount = 1): void {
    this.value += amount;
  }
}

/** How many of what was observed was at most as large as each bound, their number and their sum. */
export class Histogram {
  sum = 0;
  /** For each bound those above the one before it, and those above the last. */
  readonly counts: Float64Array;
  readonly bounds: readonly number[];

  /** `bounds` ascend. */
  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  get count(): number {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }

  observe(value: number): void {
    const { bounds, counts } = this;
    let at = 0;
    while (at < bounds.length && value > (bounds[at] ?? 0)) at += 1;
    counts[at] = (counts[at] ?? 0) + 1;
    this.sum += value;
  }
}

/** Instruments of one kind: one for each set of values of some labels. */
export class Family<T> {
  private readonly create: () => T;
  private readonly countMax: number;
  private readonly members = new Map<string, Member<T>>();

  /** Beyond `countMax` sets of values, what is new is counted under `other`. */
  constructor(create: () => T, countMax = 2000) {
    this.create = create;
    this.countMax = countMax;
  }

  /** The instrument of these values of the labels. */
  of(...values: readonly string[]): T {
    const id = values.join("\u0000");
    const known = this.members.get(id);
    if (known !== undefined) return known.instrument;
    if (this.members.size >= this.countMax && values.some((value) => value !== OTHER)) {
      return this.of(...values.map(() => OTHER));
    }
    const member = { values, instrument: this.create() };
    this.members.set(id, member);
    return member.instrument;
  }

  [Symbol.iterator](): Iterator<Member<T>> {
    return this.members.values();
  }
}

export interface Member<T> {
  readonly values: readonly string[];
  readonly instrument: T;
}

const OTHER = "other";
