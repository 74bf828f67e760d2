/** Numbers of bytes for people. */

/** `1 byte`, `700 bytes`, `3.2 MiB`. */
export function formatSize(size: number): string {
  if (size === 1) return "1 byte";
  if (size < 10_000) return `${size} bytes`;
  const kib = size / 1024;
  return kib < 1000 ? `${kib.toFixed(1)} KiB` : `${(kib / 1024).toFixed(1)} MiB`;
}
