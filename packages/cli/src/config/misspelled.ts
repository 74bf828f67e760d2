/** Variables that look like settings and are none: nobody else would notice. */
import { nearest } from "./nearest.ts";
import { LIMIT_OPTIONS, SERVER_OPTIONS, variableOf } from "./options.ts";

const CHANGES_MAX = 2;

export interface Misspelling {
  readonly variable: string;
  /** What was probably meant. */
  readonly meant: string;
}

/** Other programs have variables of their own, so only what is nearly a setting is one of these. */
export function findMisspelled(
  variables: Readonly<Record<string, string | undefined>>,
): readonly Misspelling[] {
  const known = [...Object.values(SERVER_OPTIONS), ...LIMIT_OPTIONS.values()].map(variableOf);
  return Object.keys(variables)
    .filter((variable) => variable.startsWith("REJOIN_") && !known.includes(variable))
    .flatMap((variable) => {
      const meant = nearest(variable, known, CHANGES_MAX);
      return meant === undefined ? [] : [{ variable, meant }];
    });
}
