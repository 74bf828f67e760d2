/**
 * A set of ids as runs of equal steps: 20,000 calls that were issued in a row await every second
 * id, which is one run.
 */
import type { ByteReader, ByteWriter } from "../rows/bytes.ts";

export interface Run {
  readonly start: number;
  readonly stride: number;
  readonly count: number;
}

/** The runs of `ids`, in ascending order and without repetitions. */
export function toRuns(ids: readonly number[]): readonly Run[] {
  const sorted = ascending(ids);
  const runs: Run[] = [];
  let i = 0;
  while (i < sorted.length) {
    const start = sorted[i] ?? 0;
    const stride = Math.max(1, (sorted[i + 1] ?? start + 1) - start);
    let count = 1;
    while (sorted[i + count] === start + stride * count) count++;
    // A pair that does not go on is better left to the run that may start at its second id.
    if (count === 2 && stride > 1 && i + 2 < sorted.length) count = 1;
    runs.push({ start, stride: count === 1 ? 1 : stride, count });
    i += count;
  }
  return runs;
}

function ascending(ids: readonly number[]): readonly number[] {
  for (let i = 1; i < ids.length; i++) {
    if ((ids[i] ?? 0) <= (ids[i - 1] ?? 0)) {
      return [...new Set(ids)].sort((a, b) => a - b);
    }
  }
  return ids;
}

export function runsSize(runs: readonly Run[]): number {
  let size = 0;
  for (const run of runs) size += run.count;
  return size;
}

/** Whether `id` is in one of the runs; they are in ascending order of their start. */
export function runsHave(runs: readonly Run[], id: number): boolean {
  for (const run of runs) {
    const distance = id - run.start;
    if (distance < 0) continue;
    if (distance % run.stride === 0 && distance / run.stride < run.count) return true;
  }
  return false;
}

export function* runsIds(runs: readonly Run[]): Generator<number> {
  for (const run of runs) {
    for (let i = 0; i < run.count; i++) yield run.start + i * run.stride;
  }
}

export function writeRuns(writer: ByteWriter, runs: readonly Run[]): void {
  writer.varint(runs.length);
  for (const run of runs) {
    writer.varint(run.start);
    writer.varint(run.stride);
    writer.varint(run.count);
  }
}

export function readRuns(reader: ByteReader): readonly Run[] {
  const length = reader.varint();
  const runs: Run[] = [];
  for (let i = 0; i < length; i++) {
    runs.push({ start: reader.varint(), stride: reader.varint(), count: reader.varint() });
  }
  return runs;
}
