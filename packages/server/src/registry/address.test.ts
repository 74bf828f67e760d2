import { describe, expect, it } from "vitest";
import { parseAdditionalHeaders, parseDeploymentUri } from "./address.ts";

describe("a deployment's URI", () => {
  it.each([
    ["http://localhost:9080", "http://localhost:9080/"],
    ["https://H/p?q=1#f", "https://h/p?q=1"],
    ["http://[::1]:9080/x/", "http://[::1]:9080/x/"],
  ])("%s is taken", (text, normal) => {
    expect(parseDeploymentUri(text)).toBe(normal);
  });

  it.each(["", "foo", "/x", "localhost:9080", "ftp://h/", "embedded:main", "http://u:p@h/"])(
    "%j is refused",
    (text) => {
      expect(() => parseDeploymentUri(text)).toThrow(expect.objectContaining({ status: 400 }));
    },
  );
});

describe("additional headers", () => {
  it("have names in lower case", () => {
    expect(parseAdditionalHeaders({ "X-A": "1", Authorization: "Bearer x" })).toEqual({
      "x-a": "1",
      authorization: "Bearer x",
    });
  });

  it.each([
    { "a b": "" },
    { "": "" },
    { ":path": "/" },
    { a: "line\nbreak" },
    { Connection: "close" },
    { host: "x" },
    { "x-restate-id": "x" },
    { big: "x".repeat(20_000) },
  ])("that cannot be sent are refused: %j", (headers) => {
    const refused = expect.objectContaining({ status: 400 });
    expect(() => parseAdditionalHeaders(headers as Record<string, string>)).toThrow(refused);
  });
});
