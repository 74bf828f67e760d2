/**
 * Which hosts are reached without the proxy: those of this machine always, and those that a list names,
 * in the form that most programs know from `NO_PROXY`.
 *
 * | entry | goes around the proxy |
 * |---|---|
 * | `example.com`, `.example.com`, `*.example.com` | that host (the first form), and those below it |
 * | `10.0.0.7`, `fd00::7` | that address |
 * | `10.0.0.0/8`, `fd00::/8` | those addresses |
 * | any of them with `:8080` | only this port |
 * | `*` | everything |
 */
import { BlockList, isIP } from "node:net";

/** Whether a host is on the list. */
type Entry = (host: string, port: string) => boolean;

export class NoProxy {
  /** Those that are none of these. The variable is there for other programs too, which know more. */
  readonly unknown: readonly string[];
  private readonly entries: readonly Entry[];

  constructor(entries: readonly string[]) {
    const texts = entries.map((entry) => entry.trim()).filter((text) => text !== "");
    const found = texts.map((text) => ({ text, entry: toEntry(text) }));
    this.entries = found.flatMap(({ entry }) => (entry === undefined ? [] : [entry]));
    this.unknown = found.filter(({ entry }) => entry === undefined).map(({ text }) => text);
  }

  has({ hostname, port, protocol }: URL): boolean {
    const host = hostname.toLowerCase().replace(/^\[|\]$|\.$/g, "");
    const number = port === "" ? (protocol === "https:" ? "443" : "80") : port;
    return isLoopback(host) || this.entries.some((holds) => holds(host, number));
  }
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

function isLoopback(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost") || holdsAddress(LOOPBACK, host);
}

function holdsAddress(list: BlockList, host: string): boolean {
  const version = isIP(host);
  return version !== 0 && list.check(host, version === 4 ? "ipv4" : "ipv6");
}

const NAME = /^(?:\*?\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?$/;

function toEntry(text: string): Entry | undefined {
  if (text === "*") return () => true;
  const { host, port } = split(text.toLowerCase());
  const isHere = hostTest(host);
  if (isHere === undefined) return undefined;
  return (name, number) => (port === undefined || port === number) && isHere(name);
}

/** An address with colons has a port only if it is in brackets. */
function split(text: string): { readonly host: string; readonly port: string | undefined } {
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(text);
  if (bracketed !== null) return { host: bracketed[1] ?? "", port: bracketed[2] };
  const [, host, port] = /^([^:]+):(\d+)$/.exec(text) ?? [];
  return host === undefined ? { host: text, port: undefined } : { host, port };
}

function hostTest(host: string): ((name: string) => boolean) | undefined {
  const [address = "", bits, ...rest] = host.split("/");
  const version = isIP(address);
  if (version === 0) return NAME.test(host) ? nameTest(host.replace(/\.$/, "")) : undefined;
  const bitsMax = version === 4 ? 32 : 128;
  const length = bits === undefined ? bitsMax : /^\d{1,3}$/.test(bits) ? Number(bits) : bitsMax + 1;
  if (length > bitsMax || rest.length > 0) return undefined;
  const list = new BlockList();
  list.addSubnet(address, length, version === 4 ? "ipv4" : "ipv6");
  return (name) => holdsAddress(list, name);
}

function nameTest(written: string): (name: string) => boolean {
  const below = written.replace(/^\*?\.?/, ".");
  const itself = written.startsWith("*") || written.startsWith(".") ? undefined : written;
  return (name) => name === itself || name.endsWith(below);
}
