/** What happened, in order: a hash of it for comparison, and lines of it for readers. */
export class Trace {
  private readonly now: () => number;
  private readonly print: ((line: string) => void) | undefined;
  private high = 0x811c_9dc5;
  private low = 0x1234_5678;
  private startedAt: number | undefined;

  constructor(now: () => number, print?: (line: string) => void) {
    this.now = now;
    this.print = print;
  }

  /** Two runs of a seed have the same hash if and (but for chance) only if they did the same. */
  get hash(): string {
    return toHex(this.high) + toHex(this.low);
  }

  note(kind: string, detail: string | number = ""): void {
    this.mixText(kind);
    if (typeof detail === "number") this.mix(detail);
    else this.mixText(detail);
    this.mix(this.now() % 0x1_0000_0000);
    this.line(kind, detail);
  }

  /** For readers alone. */
  comment(kind: string, detail: () => string): void {
    if (this.print !== undefined) this.line(kind, detail());
  }

  private line(kind: string, detail: string | number): void {
    if (this.print === undefined) return;
    this.startedAt ??= this.now();
    const at = String(this.now() - this.startedAt).padStart(8);
    this.print(`${at} ${kind.padEnd(14)} ${printable(String(detail))}`);
  }

  private mixText(text: string): void {
    for (let i = 0; i < text.length; i++) this.mix(text.charCodeAt(i));
  }

  private mix(value: number): void {
    this.high = Math.imul(this.high ^ value, 0x0100_0193);
    this.low = Math.imul((this.low << 5) ^ (this.low >>> 27) ^ value, 0x85eb_ca6b);
  }
}

function toHex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, "0");
}

function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, (char) => `\\x${char.charCodeAt(0).toString(16)}`);
}
