/**
 * Restart lists: which invocations, by the batch in which they were born, have not completed.
 *
 * A row lists the ids that a batch bore; here is only how many of them still live. It is counted
 * when a record is applied, in step with the state that records see, so that a list found in the
 * store can be counted at any moment. When the last invocation of a list has completed, its row is
 * deleted with the next commit.
 */
import { aliveRowKey, type Batch, type Effects } from "@rejoin/engine";
import type { InvocationKey } from "@rejoin/protocol";

export class AliveLists {
  private readonly living = new Map<number, number>();
  private readonly emptied: number[] = [];
  /** A list of the store while it is counted; who completes before its page is not alive there. */
  private counting: { batch: number; alive: number; seen: Set<InvocationKey> } | undefined;

  /** Whether a list waits to be deleted. */
  get hasEmptied(): boolean {
    return this.emptied.length > 0;
  }

  /** A list was found in the store; its invocations are about to be looked at, page by page. */
  beginCount(batch: number): void {
    this.counting = { batch, alive: 0, seen: new Set() };
  }

  /** A page of the list that is being counted, and those on it that have not completed. */
  countPage(page: readonly InvocationKey[], alive: number): void {
    if (this.counting === undefined) return;
    this.counting.alive += alive;
    for (const key of page) this.counting.seen.add(key);
  }

  /** The whole list has been counted. */
  endCount(): void {
    if (this.counting === undefined) return;
    const { batch, alive } = this.counting;
    this.counting = undefined;
    if (alive === 0) this.emptied.push(batch);
    else this.living.set(batch, alive);
  }

  /** Counts the effects of a record that was applied to the batch `open`. */
  applied(effects: Effects, open: number): void {
    if (effects.born.length > 0) {
      this.living.set(open, (this.living.get(open) ?? 0) + effects.born.length);
    }
    for (const { key, bornIn } of effects.completed) {
      if (bornIn === this.counting?.batch && this.counting.seen.has(key)) this.counting.alive -= 1;
      const left = this.living.get(bornIn);
      if (left === undefined) continue;
      if (left > 1 || bornIn === open) {
        this.living.set(bornIn, left - 1);
      } else {
        this.living.delete(bornIn);
        this.emptied.push(bornIn);
      }
    }
  }

  /** The restart list of a batch that is about to be committed; lists that are done with go. */
  seal(batch: Batch): readonly InvocationKey[] {
    for (const number of this.emptied.splice(0)) {
      batch.extraWrites.push({ key: aliveRowKey(number), value: undefined });
    }
    const left = this.living.get(batch.number);
    if (left === undefined) return [];
    if (left === batch.born.length) return batch.born;
    if (left === 0) this.living.delete(batch.number);
    // An id may have been born, removed and born again.
    const gone = new Map<InvocationKey, number>();
    for (const { key, bornIn } of batch.completed) {
      if (bornIn === batch.number) gone.set(key, (gone.get(key) ?? 0) + 1);
    }
    return batch.born.filter((key) => {
      const times = gone.get(key) ?? 0;
      if (times > 0) gone.set(key, times - 1);
      return times === 0;
    });
  }
}
