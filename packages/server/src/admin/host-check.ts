/**
 * Whether a request to the admin API may come from where it says it comes from.
 *
 * The API has no authentication, and on a loopback address only programs of this machine reach it.
 * A browser is one of them, and runs the pages of others: a page whose host name is made to resolve
 * to 127.0.0.1 is of the same origin as this API, in the eyes of the browser. What it cannot change
 * is `Host`, which holds that name. A page of another origin cannot read the answers, but can send
 * requests; its name is in `Origin`.
 *
 * On other addresses the API is meant to be reached by names that only its operators know, so there
 * it is checked only if they have been listed.
 */
import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";

export interface HostCheckOptions {
  /**
   * Names beside those that always hold: IP addresses, `localhost`, and the names by which container
   * runtimes know the machine that they run on. `*` for any name, `*.example.com` or `.example.com`
   * for those below one. `undefined` checks nothing unless the API listens on a loopback address.
   */
  readonly allowed: readonly string[] | undefined;
  /** Where it was told to listen, as `host:port`: that host may be a name. */
  readonly address?: string | undefined;
  /** Whether the API listens on a loopback address. */
  readonly isLoopback: () => boolean;
}

export interface CheckedRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
}

/** Why a request is refused, and what to do; `undefined` if it is not. */
export type HostCheck = (request: CheckedRequest) => string | undefined;

/** Such names are given by the runtimes; nobody can register one. */
const MACHINE_NAMES = ["host.docker.internal", "host.containers.internal"];
const READING = ["GET", "HEAD", "OPTIONS"];
const SHOWN_MAX = 200;

/** A request without `Host` or `Origin` is not of a browser's page. */
export function createHostCheck({ allowed, address, isLoopback }: HostCheckOptions): HostCheck {
  const named = address === undefined ? undefined : nameOf(`http://${address}`);
  const patterns = [...(allowed ?? []).map(normalize), ...(named === undefined ? [] : [named])];
  if (patterns.includes("*")) return () => undefined;
  const isListed = (name: string) => patterns.some((pattern) => matches(pattern, name));
  return ({ method, headers: { host, origin } }) => {
    if (allowed === undefined && !isLoopback()) return undefined;
    const name = host === undefined ? undefined : nameOf(`http://${host}`);
    if (host !== undefined && (name === undefined || !(isOwn(name) || isListed(name)))) {
      return refusal("host", host, name);
    }
    if (origin === undefined || READING.includes(method)) return undefined;
    const from = nameOf(origin);
    if (from !== undefined && (isSame(origin, host) || isThisMachine(from) || isListed(from))) {
      return undefined;
    }
    return refusal("origin", origin, from);
  };
}

/** Whether only this machine reaches an address that a server has bound. */
export function isLoopbackAddress(address: string): boolean {
  return /^(::ffff:)?127\./.test(address) || address === "::1";
}

function isOwn(name: string): boolean {
  return isAddress(name) || isThisMachine(name) || MACHINE_NAMES.includes(name);
}

function isThisMachine(name: string): boolean {
  const address = name.replace(/^\[|\]$/g, "");
  return name === "localhost" || name.endsWith(".localhost") || isLoopbackOrMapped(address);
}

/** URLs spell mapped addresses in hexadecimal. */
function isLoopbackOrMapped(address: string): boolean {
  return isIP(address) !== 0 && (isLoopbackAddress(address) || /^::ffff:7f/.test(address));
}

function isAddress(name: string): boolean {
  return isIP(name.replace(/^\[|\]$/g, "")) !== 0;
}

/** The browser's page and the API have one name and one port; a proxy may have ended TLS. */
function isSame(origin: string, host: string | undefined): boolean {
  return host !== undefined && new URL(origin).host === host.toLowerCase();
}

/** In lower case, without port and the dot that may end it. */
function nameOf(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { hostname } = new URL(url);
  return hostname === "" ? undefined : normalize(hostname);
}

function normalize(name: string): string {
  return name.trim().toLowerCase().replace(/\.$/, "");
}

function matches(pattern: string, name: string): boolean {
  const above = /^\*?(\..+)$/.exec(pattern)?.[1];
  return above === undefined ? name === pattern : name.endsWith(above);
}

function refusal(what: "host" | "origin", text: string, name: string | undefined): string {
  const shown = JSON.stringify(text.slice(0, SHOWN_MAX));
  const remedy = name === undefined ? "*" : name.slice(0, SHOWN_MAX);
  const from = what === "host" ? "by the host name" : "from pages of the origin";
  return (
    `the admin API is not to be reached ${from} ${shown}: if this is meant, set ` +
    `admin-allowed-hosts (--admin-allowed-hosts, REJOIN_ADMIN_ALLOWED_HOSTS) to ${remedy}`
  );
}
