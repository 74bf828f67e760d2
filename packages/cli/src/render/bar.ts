/** Progress as a bar of characters. */
import type { Colours } from "./colours.ts";

export interface BarParts {
  readonly total: number;
  /** Succeeded, failed, under way. */
  readonly parts: readonly number[];
}

const PARTS = ["█", "▓", "▒"] as const;
const REST = "░";

/** Whatever is not nothing takes a character at least, and only all of it fills the bar. */
export function renderBar({ total, parts }: BarParts, columns: number, colours: Colours): string {
  const paint = [colours.green, colours.red, colours.yellow];
  let left = columns;
  const done = parts.reduce((sum, part) => sum + part, 0);
  const texts = parts.map((part, index) => {
    if (part <= 0 || total <= 0) return "";
    const isLast = done >= total && index === parts.findLastIndex((own) => own > 0);
    const wanted = isLast ? left : Math.max(1, Math.floor((part / total) * columns));
    const width = Math.min(wanted, left);
    left -= width;
    const text = (PARTS[index] ?? REST).repeat(width);
    return paint[index]?.(text) ?? text;
  });
  return texts.join("") + colours.dim(REST.repeat(left));
}
