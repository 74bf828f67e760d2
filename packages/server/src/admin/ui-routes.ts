/**
 * The web UI: a program of one page below `/ui/`, which calls this API from the browser. Every path
 * that is no file is the page itself, so that its addresses can be opened and sent on.
 *
 * The page may load and call nothing but this server and its ingress.
 */
import type { Context, Hono } from "hono";
import type { AdminInfo, UiFile, UiFilesPort } from "./ports.ts";

export interface UiOptions {
  readonly info: Pick<AdminInfo, "ingressUrl">;
  /** `undefined` if the UI is not installed. */
  readonly ui?: UiFilesPort | undefined;
}

const PAGE = "index.html";
const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  woff2: "font/woff2",
};
/** Their names hold a hash of what is in them. */
const FOR_EVER = "public, max-age=31536000, immutable";
const ASK_AGAIN = "no-cache";

/** To be added before other routes: `/` leads browsers to the UI. None of this is of the API. */
export function addUiRoutes(app: Hono, { info, ui }: UiOptions): void {
  app.all("/", (c, next) => {
    const isBrowser = isRead(c) && c.req.header("accept")?.includes("text/html") === true;
    return isBrowser ? Promise.resolve(c.redirect("/ui/")) : next();
  });
  app.all("/ui", (c, next) => (isRead(c) ? Promise.resolve(c.redirect("/ui/")) : next()));
  app.all("/ui/*", async (c) => {
    if (!isRead(c)) return c.body(null, 405, { allow: "GET" });
    const path = c.req.path.slice("/ui/".length);
    const file = await findFile(ui, path);
    if (file === "absent") return c.html(ABSENT, 404, securityHeaders(c, info));
    if (file === undefined) return c.body(null, 404);
    return answer(c, info, file);
  });
}

function isRead({ req }: Context): boolean {
  return req.method === "GET" || req.method === "HEAD";
}

interface Found {
  readonly path: string;
  readonly file: UiFile;
}

async function findFile(
  ui: UiFilesPort | undefined,
  path: string,
): Promise<Found | "absent" | undefined> {
  const file = path === "" ? undefined : await ui?.read(path);
  if (file !== undefined) return { path, file };
  // What is missing of a build that is gone must not be taken for the page.
  if (path.startsWith("assets/")) return undefined;
  const page = await ui?.read(PAGE);
  return page === undefined ? "absent" : { path: PAGE, file: page };
}

function answer(c: Context, info: UiOptions["info"], { path, file }: Found): Response {
  const { encoding, bytes } = chooseEncoding(file, c.req.header("accept-encoding") ?? "");
  return c.body(bytes as Uint8Array<ArrayBuffer>, 200, {
    "content-type": TYPES[path.slice(path.lastIndexOf(".") + 1)] ?? "application/octet-stream",
    "cache-control": path.startsWith("assets/") ? FOR_EVER : ASK_AGAIN,
    vary: "accept-encoding",
    ...(encoding === undefined ? {} : { "content-encoding": encoding }),
    ...securityHeaders(c, info),
  });
}

function chooseEncoding(
  { plain, gzip, brotli }: UiFile,
  accepted: string,
): { readonly encoding?: "br" | "gzip"; readonly bytes: Uint8Array } {
  if (brotli !== undefined && accepts(accepted, "br")) return { encoding: "br", bytes: brotli };
  if (gzip !== undefined && accepts(accepted, "gzip")) return { encoding: "gzip", bytes: gzip };
  return { bytes: plain };
}

function accepts(accepted: string, encoding: string): boolean {
  return accepted.split(",").some((part) => {
    const [name = "", weight = ""] = part.trim().split(";");
    return name.trim() === encoding && !/^\s*q=0(\.0*)?\s*$/.test(weight);
  });
}

function securityHeaders(c: Context, info: UiOptions["info"]): Record<string, string> {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src 'self' ${ingressSources(info.ingressUrl, c.req.header("host") ?? "").join(" ")}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    "content-security-policy": policy.join("; "),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
  };
}

/** The ingress by its own name, and by the name by which the browser found this server. */
function ingressSources(ingressUrl: string, host: string): string[] {
  if (!URL.canParse(ingressUrl)) return [];
  const { protocol, port, origin } = new URL(ingressUrl);
  const name = /^([\w.-]+|\[[\da-fA-F:]+\])(:\d+)?$/.exec(host)?.[1];
  const withName = name === undefined || port === "" ? [] : [`${protocol}//${name}:${port}`];
  return [...new Set([origin, ...withName])];
}

const ABSENT = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Rejoin</title>
<h1>The web UI is not installed</h1>
<p>This server runs without it. <code>npm install @rejoin/ui</code> beside the server adds it; in the
repository, <code>npm run build</code> builds it. Then start the server again.</p>
<p>The same data is in the <code>rejoin</code> command and in the <a href="/openapi">admin API</a>.</p>
</html>
`;
