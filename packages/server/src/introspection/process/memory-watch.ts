/**
 * The bound of what the process takes. The database counts its tables, but not every value that an
 * expression makes: a short statement can ask for gigabytes.
 */
const INTERVAL_MS = 25;
const MIB = 1_048_576;

interface Process {
  rss(): number;
  after(delayMs: number, callback: () => void): unknown;
}

/** Calls `onExceeded` once, as soon as the process is larger than `bytesMax`. */
export function watchMemory(
  bytesMax: number,
  { rss, after }: Process,
  onExceeded: (reason: string) => void,
): void {
  const look = () => {
    const bytes = rss();
    if (bytes <= bytesMax) {
      after(INTERVAL_MS, look);
      return;
    }
    const used = `${Math.ceil(bytes / MIB)} of ${Math.floor(bytesMax / MIB)} MiB`;
    onExceeded(`it took ${used} of memory`);
  };
  look();
}
