/** The documentation's pages about the codes of errors: a part of the bundle, loaded when needed. */
const PAGES = import.meta.glob<string>("../../../../docs/errors/*.md", {
  query: "?raw",
  import: "default",
  eager: true,
});

/** The page about a code, in Markdown. */
export function findRemedy(code: string): string | undefined {
  return Object.entries(PAGES).find(([path]) => path.endsWith(`/${code}.md`))?.[1];
}
