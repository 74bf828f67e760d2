/** Which rule holds for an invocation: an immutable view, found without looking at all rules. */
import { EMPTY_BOOK, type LimitRule, type RuleBook } from "./rule-book.ts";
import { patternsFor } from "./rule-pattern.ts";

/** A limit that an invocation counts towards. */
export interface AppliedRule {
  /** What is counted: `scope`, `scope/l1` or `scope/l1/l2`, without wildcards. */
  readonly path: string;
  readonly concurrency: number;
  readonly rule: LimitRule;
}

export interface LimitRules {
  /** As they are listed: in the order of their creation. */
  readonly all: readonly LimitRule[];
  /** Changes whenever a rule does. */
  readonly version: number;
  /**
   * The limits of an invocation with this scope and limit key (`l1` or `l1/l2`): at most one for each
   * depth, the outermost first. It may run when there is room below all of them.
   */
  limitsOf(scope: string, limitKey: string | undefined): readonly AppliedRule[];
  /** What limits a path, without wildcards; `undefined` if nothing does. */
  concurrencyAt(path: string): number | undefined;
}

/**
 * A disabled rule is as good as none: a less specific one holds in its place. One without a limit
 * holds, and lifts what less specific ones limit.
 */
export function createLimitRules(book: RuleBook = EMPTY_BOOK): LimitRules {
  const enabled = book.rules.filter((rule) => !rule.disabled);
  const byPattern = new Map(enabled.map((rule) => [rule.pattern, rule]));
  return {
    all: book.rules,
    version: book.version,
    limitsOf: (scope, limitKey) => {
      if (byPattern.size === 0) return NO_LIMITS;
      const components = limitKey === undefined ? [scope] : [scope, ...limitKey.split("/")];
      return components.flatMap((_, i) => limitAt(byPattern, components.slice(0, i + 1)));
    },
    concurrencyAt: (path) => limitAt(byPattern, path.split("/"))[0]?.concurrency,
  };
}

const NO_LIMITS: readonly AppliedRule[] = [];

function limitAt(
  byPattern: ReadonlyMap<string, LimitRule>,
  components: readonly string[],
): AppliedRule[] {
  for (const pattern of patternsFor(components)) {
    const rule = byPattern.get(pattern);
    if (rule === undefined) continue;
    if (rule.concurrency === undefined) return [];
    return [{ path: components.join("/"), concurrency: rule.concurrency, rule }];
  }
  return [];
}
