/**
 * The kinds of configuration values: how each is read, from TOML or from the text of a variable or
 * flag, and how it is written as TOML.
 */
import { formatBytes, parseBytes } from "./bytes.ts";
import { formatDuration, parseDuration } from "./duration.ts";

/** Reads and writes the values of one kind. */
export interface ValueKind<T> {
  /** What a right value looks like, for messages: `a duration such as 30s`. */
  readonly expected: string;
  /** `undefined` if `raw` is no such value. */
  parse(raw: unknown): T | undefined;
  /** As TOML; what it gives, {@link parse} reads. */
  format(value: T): string;
  /** What is given is not repeated in messages. */
  readonly isSecret?: boolean;
}

const quote = (text: string) => JSON.stringify(text);

/** A path, which is not empty. */
export const path: ValueKind<string> = {
  expected: "a path",
  parse: (raw) => (typeof raw === "string" && raw.trim() !== "" ? raw : undefined),
  format: quote,
};

/** Any text, which may be empty. */
export const text: ValueKind<string> = {
  expected: "a text",
  parse: (raw) => (typeof raw === "string" ? raw : undefined),
  format: quote,
};

/** The address of a proxy, or nothing. It may hold a password, which is not shown. */
export const proxy: ValueKind<string> = {
  expected: "the address of a proxy such as http://proxy.example.com:3128",
  parse: (raw) => (typeof raw === "string" && isProxy(raw) ? raw.trim() : undefined),
  format: (value) => quote(value.replace(/[^/]*@/, "***@")),
  isSecret: true,
};

/** Hosts and addresses: an array of texts, or texts separated by commas or spaces. */
export const hosts: ValueKind<readonly string[]> = {
  expected: 'hosts and addresses such as ["internal.example.com", "10.0.0.0/8"]',
  parse: (raw) => {
    const list: unknown = typeof raw === "string" ? raw.split(/[\s,]+/).filter(Boolean) : raw;
    return Array.isArray(list) && list.every((one) => typeof one === "string") ? list : undefined;
  },
  format: (value) => `[${value.map(quote).join(", ")}]`,
};

/** Names and values of headers: a table, or `name=value` separated by commas, or JSON. */
export const headers: ValueKind<Readonly<Record<string, string>>> = {
  expected: 'a table of texts such as { x-team = "orders" }, or x-team=orders',
  parse: (raw) => (typeof raw === "string" ? parseHeaders(raw) : asTexts(raw)),
  format: (value) => {
    const pairs = Object.entries(value).map(([name, one]) => `${quote(name)} = ${quote(one)}`);
    return pairs.length === 0 ? "{}" : `{ ${pairs.join(", ")} }`;
  },
};

/** Where to listen. */
export const address: ValueKind<string> = {
  expected: "an address such as 127.0.0.1:8080",
  parse: (raw) => (typeof raw === "string" && isAddress(raw) ? raw : undefined),
  format: quote,
};

export const flag: ValueKind<boolean> = {
  expected: "true or false",
  parse: (raw) => {
    if (raw === true || raw === "true" || raw === "1") return true;
    return raw === false || raw === "false" || raw === "0" ? false : undefined;
  },
  format: String,
};

export const duration: ValueKind<number> = {
  expected: "a duration such as 500ms, 30s or 1h 30m",
  parse: (raw) => (typeof raw === "string" ? parseDuration(raw) : undefined),
  format: (value) => quote(formatDuration(value)),
};

export const bytes: ValueKind<number> = {
  expected: "a size such as 512KiB or 32MiB, or a number of bytes",
  parse: (raw) => (typeof raw === "string" ? parseBytes(raw) : wholeNumber(raw)),
  format: (value) => quote(formatBytes(value)),
};

/** A whole number of at least `min` and at most `max`. */
export function count(min: number, max = Number.MAX_SAFE_INTEGER): ValueKind<number> {
  const isOpen = max === Number.MAX_SAFE_INTEGER;
  return {
    expected: isOpen ? `a whole number, at least ${min}` : `a whole number from ${min} to ${max}`,
    parse: (raw) => {
      const value = wholeNumber(raw);
      return value !== undefined && value >= min && value <= max ? value : undefined;
    },
    format: String,
  };
}

/** A number of at least `min`. */
export function factor(min: number): ValueKind<number> {
  return {
    expected: `a number, at least ${min}`,
    parse: (raw) => {
      const value = toNumber(raw);
      return value !== undefined && value >= min ? value : undefined;
    },
    format: String,
  };
}

/** A number of times, or no bound. */
export const attempts: ValueKind<number | "unlimited"> = {
  expected: 'a whole number, at least 1, or "unlimited"',
  parse: (raw) => (raw === "unlimited" ? raw : count(1).parse(raw)),
  format: (value) => (value === "unlimited" ? quote(value) : String(value)),
};

/** A value, or no bound. */
export function orUnlimited<T>(kind: ValueKind<T>): ValueKind<T | "unlimited"> {
  return {
    expected: `${kind.expected}, or "unlimited"`,
    parse: (raw) => (raw === "unlimited" ? raw : kind.parse(raw)),
    format: (value) => (value === "unlimited" ? quote("unlimited") : kind.format(value as T)),
  };
}

/** Names of headers: an array of texts, or names separated by commas. */
export const names = listOf(
  'names of headers such as ["x-region"], or x-region,x-team',
  /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/,
);

/** Names of hosts, without ports: likewise. A star stands for any name, or for those below one. */
export const hostNames = listOf(
  'names of hosts such as ["rejoin.example.com"], without ports, or a.example.com,*.b.example.com',
  /^(\*|(\*?\.)?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?)$/,
);

function listOf(expected: string, item: RegExp): ValueKind<readonly string[]> {
  const isItem = (value: unknown) => typeof value === "string" && item.test(value);
  return {
    expected,
    parse: (raw) => {
      const list: unknown = typeof raw === "string" ? raw.split(",").map((one) => one.trim()) : raw;
      return Array.isArray(list) && list.every(isItem) ? list : undefined;
    },
    format: (value) => `[${value.map(quote).join(", ")}]`,
  };
}

/** One of some words. */
export function choice<const T extends string>(...words: readonly T[]): ValueKind<T> {
  return {
    expected: `one of ${words.join(", ")}`,
    parse: (raw) => words.find((word) => typeof raw === "string" && word === raw.toLowerCase()),
    format: quote,
  };
}

function parseHeaders(raw: string): Readonly<Record<string, string>> | undefined {
  if (raw.trimStart().startsWith("{")) return asTexts(parseJson(raw));
  const pairs = raw.split(",").map((pair) => /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(pair));
  const found: Record<string, string> = {};
  for (const pair of pairs) {
    const [, name, value] = pair ?? [];
    if (name === undefined || value === undefined) return undefined;
    found[name] = value;
  }
  return found;
}

function parseJson(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    return undefined;
  }
}

function asTexts(raw: unknown): Readonly<Record<string, string>> | undefined {
  if (typeof raw !== "object" || raw === null || Array.isArray(raw)) return undefined;
  const isText = Object.values(raw).every((value) => typeof value === "string");
  return isText ? { ...(raw as Record<string, string>) } : undefined;
}

function isProxy(text: string): boolean {
  if (text.trim() === "") return true;
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  return URL.canParse(address) && /^https?:$/.test(new URL(address).protocol);
}

function isAddress(text: string): boolean {
  const [, port] = /^(?:\[[^\]]+\]|[^:\s]+):(\d{1,5})$/.exec(text) ?? [];
  return port !== undefined && Number(port) <= 65_535;
}

function toNumber(raw: unknown): number | undefined {
  const value = typeof raw === "string" && raw.trim() !== "" ? Number(raw) : raw;
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

function wholeNumber(raw: unknown): number | undefined {
  const value = toNumber(raw);
  return value !== undefined && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
