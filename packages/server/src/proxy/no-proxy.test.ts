import { describe, expect, it } from "vitest";
import { NoProxy } from "./no-proxy.ts";

const isAround = (entries: readonly string[], url: string) =>
  new NoProxy(entries).has(new URL(url));

describe("around the proxy", () => {
  it.each([
    "http://localhost:9080",
    "http://api.localhost",
    "http://127.0.0.1:1",
    "http://127.8.9.10",
    "http://[::1]:9080",
    "http://[::ffff:127.0.0.1]",
  ])("goes what is on this machine: %s", (url) => {
    expect(isAround([], url)).toBe(true);
  });

  it.each([
    ["example.com", "http://example.com", true],
    ["example.com", "https://a.b.EXAMPLE.com:8443", true],
    ["example.com", "http://notexample.com", false],
    ["example.com", "http://example.com.evil.test", false],
    [".example.com", "http://a.example.com", true],
    [".example.com", "http://example.com", false],
    ["*.example.com", "http://a.example.com", true],
    ["*.example.com", "http://example.com", false],
    ["example.com:8080", "http://example.com:8080", true],
    ["example.com:80", "http://example.com", true],
    ["example.com:8080", "https://example.com", false],
    ["10.0.0.7", "http://10.0.0.7:9080", true],
    ["10.0.0.0/8", "http://10.255.0.1", true],
    ["10.0.0.0/8", "http://11.0.0.1", false],
    ["10.0.0.0/8", "http://10.example.com", false],
    ["fd00::/8", "http://[fd12::1]", true],
    ["[fd12::1]:9080", "http://[fd12::1]:9080", true],
    ["[fd12::1]:9080", "http://[fd12::1]", false],
    ["*", "https://anything.test", true],
    ["", "https://anything.test", false],
  ])("%j names %s: %s", (entry, url, expected) => {
    expect(isAround(["other.test", entry], url)).toBe(expected);
  });

  it("goes nothing by an entry that is none, which is told", () => {
    const entries = [
      "a b",
      "http://a",
      "10.0.0.0/33",
      "10.0.0.0/x",
      "a.*",
      "fd00::/129",
      "<local>",
    ];
    const around = new NoProxy(["", ...entries, "b.test"]);
    expect(around.unknown).toEqual(entries);
    expect(around.has(new URL("http://a"))).toBe(false);
    expect(around.has(new URL("http://b.test"))).toBe(true);
  });
});
