/**
 * Patterns of flow control rules: one to three components, `scope`, `scope/l1` or `scope/l1/l2`, each
 * exact or `*`. A pattern holds at its own depth alone.
 */

export const ANY = "*";
export const PATTERN_DEPTH_MAX = 3;

const COMPONENT = /^[A-Za-z0-9_.-]+$/;
const COMPONENT_BYTES_MAX = 36;

/** Why `text` is no pattern; `undefined` if it is one. */
export function problemOfPattern(text: string): string | undefined {
  const components = text.split("/");
  if (components.length > PATTERN_DEPTH_MAX) {
    return `it has ${components.length} components; at most ${PATTERN_DEPTH_MAX} are possible: scope/level 1/level 2`;
  }
  for (const component of components) {
    const problem = problemOfComponent(component);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Why `component` is none; `*` is one. */
export function problemOfComponent(component: string): string | undefined {
  if (component === ANY) return undefined;
  if (component === "") return "a component is empty";
  if (component.length > COMPONENT_BYTES_MAX) {
    return `component ${component} is longer than ${COMPONENT_BYTES_MAX} bytes`;
  }
  if (COMPONENT.test(component)) return undefined;
  return `component ${JSON.stringify(component)} may only hold letters, digits, _, . and -, or be *`;
}

/**
 * The patterns that hold for `components`, the most specific first: an exact scope goes before an
 * exact level 1, and that before an exact level 2.
 */
export function patternsFor(components: readonly string[]): readonly string[] {
  let patterns: readonly string[] = [""];
  for (const component of components) {
    patterns = patterns.flatMap((prefix) => {
      const head = prefix === "" ? "" : `${prefix}/`;
      return [`${head}${component}`, `${head}${ANY}`];
    });
  }
  return patterns;
}
