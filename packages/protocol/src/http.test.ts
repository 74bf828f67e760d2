import { expect, test } from "vitest";
import {
  HEADERS,
  invocationContentType,
  MANIFEST_ACCEPT,
  PROTOCOL_VERSIONS,
  parseInvocationContentType,
  parseManifestContentType,
  pickManifestVersion,
} from "./http.ts";

test("the content type of an invocation names its version", () => {
  for (const version of PROTOCOL_VERSIONS) {
    expect(parseInvocationContentType(invocationContentType(version))).toBe(version);
  }
  expect(invocationContentType(6)).toBe("application/vnd.restate.invocation.v6");
  for (const other of ["", "application/json", `${invocationContentType(6)}; a=b`]) {
    expect(parseInvocationContentType(other)).toBeUndefined();
  }
  expect(parseInvocationContentType("application/vnd.restate.invocation.v4")).toBeUndefined();
  expect(parseInvocationContentType("application/vnd.restate.invocation.v8")).toBeUndefined();
});

test("discovery asks for all manifest versions, oldest first", () => {
  expect(MANIFEST_ACCEPT).toBe(
    "application/vnd.restate.endpointmanifest.v1+json, " +
      "application/vnd.restate.endpointmanifest.v2+json, " +
      "application/vnd.restate.endpointmanifest.v3+json, " +
      "application/vnd.restate.endpointmanifest.v4+json",
  );
});

test("a manifest's content type is exact", () => {
  expect(parseManifestContentType("application/vnd.restate.endpointmanifest.v3+json")).toBe(3);
  expect(parseManifestContentType("application/vnd.restate.endpointmanifest.v5+json")).toBe(
    undefined,
  );
  expect(
    parseManifestContentType("application/vnd.restate.endpointmanifest.v3+json; charset=utf-8"),
  ).toBeUndefined();
});

test("the newest manifest version that is accepted is picked", () => {
  expect(pickManifestVersion(MANIFEST_ACCEPT)).toBe(4);
  expect(pickManifestVersion("application/vnd.restate.endpointmanifest.v2+json;q=0.5")).toBe(2);
  const first = "application/vnd.restate.endpointmanifest.v1+json";
  expect(pickManifestVersion(first)).toBe(1);
  expect(pickManifestVersion(first, 2)).toBeUndefined();
  expect(pickManifestVersion("*/*")).toBeUndefined();
});

test("header names are lower case and distinct", () => {
  const names = Object.values(HEADERS);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-z0-9-]+$/);
});
