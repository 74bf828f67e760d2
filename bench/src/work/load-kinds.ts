/** In what way a work is asked for. */

/** A request, and the answer that it must have; `undefined` where another check says so. */
export interface Exchange {
  readonly path: string;
  readonly body: string;
  readonly expected: string | undefined;
}

export interface Answered {
  readonly path: string;
  readonly answer: string;
}

export type Load =
  /** One request that holds all units. */
  | { readonly kind: "single"; readonly toExchange: (size: number) => Exchange }
  /** Many requests, by callers of which each waits for its answer before it asks again. */
  | {
      readonly kind: "callers";
      readonly callers: number;
      readonly unitsPerRequest: number;
      readonly toExchange: (caller: number) => Exchange;
      /** Throws unless the answers fit each other. */
      readonly assertAnswers?: (answered: readonly Answered[]) => void;
    };

/** The answers of each path are numbers without a gap and without a repetition. */
export function consecutivePerPath(answered: readonly Answered[]): void {
  const byPath = new Map<string, number[]>();
  for (const { path, answer } of answered) {
    const numbers = byPath.get(path) ?? [];
    numbers.push(Number(answer));
    byPath.set(path, numbers);
  }
  for (const [path, numbers] of byPath) {
    numbers.sort((a, b) => a - b);
    const first = numbers[0] ?? Number.NaN;
    const wrong = numbers.findIndex((number, index) => number !== first + index);
    if (wrong === -1) continue;
    throw new Error(`wrong answers of ${path}: ${numbers[wrong]} where ${first + wrong} has to be`);
  }
}
