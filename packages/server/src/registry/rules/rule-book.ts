/** The rules of flow control as they are stored, and changes to them as functions. */
import { RegistryError } from "../registry-error.ts";
import { problemOfPattern } from "./rule-pattern.ts";

export interface LimitRule {
  readonly pattern: string;
  /** Invocations that may run at a time; without it there is no limit. */
  readonly concurrency?: number;
  readonly description?: string;
  /** Kept, and without an effect. */
  readonly disabled: boolean;
  /** The version of the book that changed the rule last. */
  readonly version: number;
  readonly modifiedAt: number;
}

export interface RuleBook {
  /** Counts up by one with each change that has an effect. */
  readonly version: number;
  readonly rules: readonly LimitRule[];
}

/** What must hold for a change to be made. */
export type Precondition =
  | { readonly kind: "none" }
  | { readonly kind: "matches"; readonly version: number }
  | { readonly kind: "doesNotExist" };

export interface RuleChange extends Omit<LimitRule, "version" | "modifiedAt"> {
  readonly precondition: Precondition;
}

export interface RuleRemoval {
  readonly pattern: string;
  readonly expectedVersion: number | undefined;
}

export const EMPTY_BOOK: RuleBook = { version: 0, rules: [] };
export const RULES_MAX = 10_000;

/**
 * All changes or none, in order. Of rules that become what they are already, nothing changes. Throws
 * a {@link RegistryError} of status 409 when a precondition does not hold, and 422 beyond
 * {@link RULES_MAX} rules.
 */
export function putRules(book: RuleBook, changes: readonly RuleChange[], now: number): RuleBook {
  const rules = new Map(book.rules.map((rule) => [rule.pattern, rule]));
  let { version } = book;
  for (const { precondition, ...wanted } of changes) {
    const existing = rules.get(wanted.pattern);
    checkPattern(wanted.pattern);
    checkPrecondition(wanted.pattern, existing, precondition);
    if (existing !== undefined && isSame(existing, wanted)) continue;
    version += 1;
    rules.set(wanted.pattern, { ...wanted, version, modifiedAt: now });
  }
  if (rules.size > RULES_MAX) {
    throw new RegistryError(
      422,
      `there would be ${rules.size} rules; at most ${RULES_MAX} are possible: delete some, or use patterns with *`,
    );
  }
  return version === book.version ? book : { version, rules: [...rules.values()] };
}

export interface RemovedRules {
  readonly book: RuleBook;
  /** The patterns of the rules that were there. */
  readonly removed: readonly string[];
}

/** All removals or none. Rules that do not exist are passed over, unless a version is expected. */
export function removeRules(book: RuleBook, removals: readonly RuleRemoval[]): RemovedRules {
  const rules = new Map(book.rules.map((rule) => [rule.pattern, rule]));
  const removed: string[] = [];
  for (const { pattern, expectedVersion } of removals) {
    const existing = rules.get(pattern);
    if (expectedVersion !== undefined) {
      checkPrecondition(pattern, existing, { kind: "matches", version: expectedVersion });
    }
    if (rules.delete(pattern)) removed.push(pattern);
  }
  if (removed.length === 0) return { book, removed };
  return { book: { version: book.version + 1, rules: [...rules.values()] }, removed };
}

function checkPattern(pattern: string): void {
  const problem = problemOfPattern(pattern);
  if (problem === undefined) return;
  throw new RegistryError(422, `${JSON.stringify(pattern)} is no pattern: ${problem}`);
}

function checkPrecondition(
  pattern: string,
  existing: LimitRule | undefined,
  precondition: Precondition,
): void {
  const is = existing === undefined ? "does not exist" : `has version ${existing.version}`;
  switch (precondition.kind) {
    case "none":
      return;
    case "doesNotExist":
      if (existing === undefined) return;
      throw new RegistryError(409, `rule ${pattern} must not exist, but it ${is}`);
    case "matches": {
      if (existing?.version === precondition.version) return;
      const text = `rule ${pattern} must have version ${precondition.version}, but it ${is}`;
      throw new RegistryError(409, `${text}; read it again and decide anew`);
    }
  }
}

function isSame(rule: LimitRule, wanted: Omit<RuleChange, "precondition">): boolean {
  return (
    rule.concurrency === wanted.concurrency &&
    rule.description === wanted.description &&
    rule.disabled === wanted.disabled
  );
}
