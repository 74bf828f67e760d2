/** The bounds of the histograms. */

/** Of what takes from a millisecond to minutes, in seconds. */
export const DURATION_BOUNDS: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300,
];
/** Of what may take days, in seconds. */
export const LIFETIME_BOUNDS: readonly number[] = [
  0.005, 0.025, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 21_600, 86_400, 604_800,
];
/** Of the disk, in seconds. */
export const COMMIT_BOUNDS: readonly number[] = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
];
/** Of how many there are in a batch. */
export const SIZE_BOUNDS: readonly number[] = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000,
];
/** Of bytes. */
export const BYTES_BOUNDS: readonly number[] = [
  1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216,
];
