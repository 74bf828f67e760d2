import { describe, expect, it } from "vitest";
import { EMPTY_DOCUMENT } from "./document.ts";
import { withEmbedded } from "./embedded.ts";
import {
  addressAt,
  documentOf,
  manifestOf,
  recordOf,
  revisionsOf,
  serviceOf,
} from "./testing/records.ts";
import { updateDeployment } from "./update-deployment.ts";

function foundAt(uri: string, ...services: readonly ReturnType<typeof serviceOf>[]) {
  return { address: addressAt(uri), manifest: manifestOf(...services), sdkVersion: "test-sdk/2.0" };
}

const document = documentOf([serviceOf("a", ["run", "stop"]), serviceOf("b")], [serviceOf("a")]);

describe("an update", () => {
  it("moves the deployment and leaves its services as they were", () => {
    const found = foundAt("http://new/", serviceOf("a", ["run"]));
    const after = updateDeployment(document, "dp_1", { found, overwrite: false });
    const before = recordOf(document, "dp_1");
    expect(recordOf(after, "dp_1")).toEqual({
      ...before,
      address: found.address,
      sdkVersion: "test-sdk/2.0",
    });
    expect(recordOf(after, "dp_2")).toBe(recordOf(document, "dp_2"));
  });

  it("replaces the services in place with overwrite", () => {
    const found = foundAt("http://new/", serviceOf("a", ["walk"]), serviceOf("c"));
    const after = updateDeployment(document, "dp_1", { found, overwrite: true });
    expect(revisionsOf(after, "dp_1")).toEqual({ a: 1, c: 1 });
    const [a] = recordOf(after, "dp_1").services;
    expect(a?.manifest.handlers).toEqual([{ name: "walk" }]);
  });

  it("forgets an SDK version that is not given any more", () => {
    const found = { ...foundAt("http://new/"), sdkVersion: undefined };
    const after = updateDeployment(document, "dp_1", { found, overwrite: false });
    expect("sdkVersion" in recordOf(after, "dp_1")).toBe(false);
  });

  it("refuses another range of protocol versions", () => {
    const found = foundAt("http://new/");
    const manifest = { ...found.manifest, maxProtocolVersion: 6 };
    const update = { found: { ...found, manifest }, overwrite: false };
    expect(() => updateDeployment(document, "dp_1", update)).toThrow(
      expect.objectContaining({ status: 400, code: "META0016" }),
    );
  });

  it("does not know every deployment", () => {
    const update = { found: foundAt("http://new/"), overwrite: false };
    expect(() => updateDeployment(document, "dp_9", update)).toThrow(
      expect.objectContaining({ status: 404, message: expect.stringContaining("dp_9") }),
    );
  });
});

describe("an embedded deployment", () => {
  const embedded = {
    id: "embedded:main",
    address: { kind: "embedded", name: "main" },
    minProtocolVersion: 5,
    maxProtocolVersion: 7,
  } as const;
  const start = withEmbedded(EMPTY_DOCUMENT, embedded, [serviceOf("a"), serviceOf("b")], 1);

  it("keeps the revisions of what has not changed at the next start", () => {
    expect(withEmbedded(start, embedded, [serviceOf("a"), serviceOf("b")], 2)).toBe(start);
    const changed = withEmbedded(start, embedded, [serviceOf("a", ["walk"]), serviceOf("b")], 2);
    expect(revisionsOf(changed, embedded.id)).toEqual({ a: 2, b: 1 });
    expect(recordOf(changed, embedded.id).createdAt).toBe(1);
  });

  it("moves to an address, and comes back when it is started again", () => {
    const found = foundAt("http://service:9080/", serviceOf("a"), serviceOf("b"));
    const moved = updateDeployment(start, embedded.id, { found, overwrite: false });
    expect(recordOf(moved, embedded.id).address).toEqual(found.address);
    expect(revisionsOf(moved, embedded.id)).toEqual({ a: 1, b: 1 });
    const back = withEmbedded(moved, embedded, [serviceOf("a"), serviceOf("b")], 3);
    expect(recordOf(back, embedded.id)).toEqual(recordOf(start, embedded.id));
  });
});
