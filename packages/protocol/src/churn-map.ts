/**
 * A map for much that comes and goes.
 *
 * V8 makes a new table when a `Map` or `Set` grows, shrinks, is cleared or has many holes, and the
 * old one, which still holds what it held then, points at the new one. Once one of these tables has
 * grown old enough for the old generation, it keeps its successors alive, each of them the next:
 * whatever has ever been in such a map survives every scavenge until the next full collection. Here
 * the tables hold boxes, and a box that has been taken out is empty.
 */

interface Box<V> {
  value: V | undefined;
}

/** A `Map` in the order of insertion, whose values are garbage as soon as they are taken out. */
export class ChurnMap<K extends string | number, V extends object | string | number | null> {
  private readonly boxes = new Map<K, Box<V>>();

  get size(): number {
    return this.boxes.size;
  }

  get(key: K): V | undefined {
    return this.boxes.get(key)?.value;
  }

  has(key: K): boolean {
    return this.boxes.has(key);
  }

  set(key: K, value: V): void {
    const box = this.boxes.get(key);
    if (box === undefined) this.boxes.set(key, { value });
    else box.value = value;
  }

  delete(key: K): boolean {
    const box = this.boxes.get(key);
    if (box === undefined) return false;
    box.value = undefined;
    return this.boxes.delete(key);
  }

  /** Takes the key out if this is its value. */
  deleteIf(key: K, value: V): void {
    if (this.boxes.get(key)?.value === value) this.delete(key);
  }

  keys(): IterableIterator<K> {
    return this.boxes.keys();
  }

  *values(): Generator<V> {
    for (const { value } of this.boxes.values()) if (value !== undefined) yield value;
  }

  *entries(): Generator<[K, V]> {
    for (const [key, { value }] of this.boxes) if (value !== undefined) yield [key, value];
  }
}
