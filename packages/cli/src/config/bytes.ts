/** Sizes: `32MiB`, `512 KB`, `1gib`, or a number of bytes. */
const UNITS: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1000,
  mb: 1000 ** 2,
  gb: 1000 ** 3,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
};
const SIZE = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/;

/** Whole bytes, or `undefined` if the text is no size. */
export function parseBytes(text: string): number | undefined {
  const match = SIZE.exec(text.trim().toLowerCase());
  const unit = UNITS[match?.[2] || "b"];
  if (match === null || unit === undefined) return undefined;
  const size = Number(match[1]) * unit;
  return Number.isSafeInteger(size) ? size : undefined;
}

/** The shortest exact text. */
export function formatBytes(size: number): string {
  for (const unit of ["GiB", "MiB", "KiB"]) {
    const unitBytes = UNITS[unit.toLowerCase()] ?? 1;
    if (size >= unitBytes && size % unitBytes === 0) return `${size / unitBytes}${unit}`;
  }
  return `${size}B`;
}
