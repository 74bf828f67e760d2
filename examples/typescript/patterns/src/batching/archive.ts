/** Stands for a store that is cheaper to write to in batches. */
export interface Batch {
  readonly meter: string;
  readonly readings: readonly number[];
}

export const archivedBatches: Batch[] = [];

export function archive(batch: Batch): void {
  archivedBatches.push(batch);
  console.log(`[archive] ${batch.meter}: ${batch.readings.length} readings`);
}
