/** Compares what was printed with what a page shows; `…` in it stands for anything. */
import { expect } from "vitest";
import type { Block } from "./page.ts";

const ANYTHING = "…";

/** Fails unless `printed` is what `block` shows: as JSON, line by line or whole, or as text. */
export function expectShown(printed: string, block: Block): void {
  if (block.language !== "json") return expectText(printed.trim(), block.text.trim());
  const shown = toDocuments(block.text);
  expect(shown, `a page shows what is no JSON: ${block.text}`).not.toEqual([]);
  const got = toDocuments(printed);
  expect(got, printed).toEqual(shown.map(withWildcards));
}

/** One document over several lines, or one in each. */
function toDocuments(text: string): unknown[] {
  const whole = parse(text);
  if (whole !== undefined) return [whole];
  const lines = text.trim().split("\n").map(parse);
  return lines.includes(undefined) ? [] : lines;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function withWildcards(value: unknown): unknown {
  if (typeof value === "string") {
    return value.includes(ANYTHING) ? expect.stringMatching(toPattern(value)) : value;
  }
  if (Array.isArray(value)) return value.map(withWildcards);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, withWildcards(part)]),
  );
}

function expectText(printed: string, shown: string): void {
  if (shown.includes(ANYTHING)) expect(printed).toMatch(toPattern(shown));
  else expect(printed).toBe(shown);
}

function toPattern(shown: string): RegExp {
  const parts = shown.split(ANYTHING).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("[\\s\\S]*")}$`);
}
