/** Scopes and limit keys: what flow control counts invocations under. */

const COMPONENT = /^[A-Za-z0-9_.-]{1,36}$/;
const COMPONENT_RULE = "1 to 36 characters of A-Z, a-z, 0-9, _, . and -";
const LIMIT_KEY_COMPONENTS_MAX = 2;

/** What is wrong with a scope and the limit key in it; `undefined` or "" stands for none. */
export function flowControlProblem(
  scope: string | undefined,
  limitKey: string | undefined,
): string | undefined {
  const scoped = scope !== undefined && scope !== "";
  if (scoped && !COMPONENT.test(scope)) {
    return `the scope ${JSON.stringify(scope)} is not ${COMPONENT_RULE}`;
  }
  if (limitKey === undefined || limitKey === "") return undefined;
  if (!scoped) return `the limit key ${JSON.stringify(limitKey)} needs a scope`;
  const components = limitKey.split("/");
  if (components.length > LIMIT_KEY_COMPONENTS_MAX || !components.every((c) => COMPONENT.test(c))) {
    const text = JSON.stringify(limitKey);
    return `the limit key ${text} is not one or two parts, joined by /, of ${COMPONENT_RULE}`;
  }
  return undefined;
}
