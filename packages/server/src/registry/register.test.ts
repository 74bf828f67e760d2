import { describe, expect, it } from "vitest";
import { EMPTY_DOCUMENT } from "./document.ts";
import { withEmbedded } from "./embedded.ts";
import { deploymentsAt } from "./register.ts";
import { newestRevision, servicesLedBy } from "./revisions.ts";
import {
  addressAt,
  documentOf,
  recordOf,
  register,
  revisionsOf,
  serviceOf,
} from "./testing/records.ts";

describe("a new address", () => {
  it("gets the first revision of each service", () => {
    const services = [serviceOf("a"), serviceOf("b")];
    const { document, id, outcome } = register(EMPTY_DOCUMENT, "http://h/", services, {
      metadata: { team: "x" },
    });
    expect(outcome).toBe("created");
    expect(recordOf(document, id)).toEqual({
      id: "dp_1",
      address: addressAt("http://h/"),
      createdAt: 1,
      minProtocolVersion: 5,
      maxProtocolVersion: 7,
      sdkVersion: "test-sdk/1.0",
      metadata: { team: "x" },
      services: services.map((manifest) => ({ manifest, revision: 1 })),
    });
  });

  it("gets the next revision of a service that another deployment holds", () => {
    const document = documentOf([serviceOf("a"), serviceOf("b")], [serviceOf("a")]);
    expect(revisionsOf(document, "dp_1")).toEqual({ a: 1, b: 1 });
    expect(revisionsOf(document, "dp_2")).toEqual({ a: 2 });
    expect(newestRevision(document, "a")?.deployment.id).toBe("dp_2");
    expect(servicesLedBy(document, "dp_1")).toEqual(["b"]);
    expect(servicesLedBy(document, "dp_2")).toEqual(["a"]);
  });

  it("may lose handlers of a service, and all of its services", () => {
    const document = documentOf([serviceOf("a", ["run", "stop"])], [serviceOf("a", ["run"])], []);
    expect(revisionsOf(document, "dp_2")).toEqual({ a: 2 });
    expect(revisionsOf(document, "dp_3")).toEqual({});
  });

  it("is refused when there are too many", () => {
    let document = EMPTY_DOCUMENT;
    for (let i = 0; i < 1000; i++) {
      const record = {
        ...recordOf(documentOf([]), "dp_1"),
        id: `dp_${i}`,
        address: addressAt(`http://x${i}/`),
      };
      document = { ...document, deployments: [...document.deployments, record] };
    }
    expect(() => register(document, "http://new/", [])).toThrow("there are 1000 deployments");
  });
});

describe("the same address", () => {
  const document = documentOf([serviceOf("a")]);

  it.each(["http://h1", "http://h1/", "https://h1/", "http://h1/?query=1", "HTTP://H1:80/"])(
    "is %s",
    (uri) => {
      const again = register(document, uri, [serviceOf("other")]);
      expect(again.document).toBe(document);
      expect(again).toMatchObject({ id: "dp_1", outcome: "unchanged" });
    },
  );

  it.each(["http://h1:8080/", "http://h1/path", "http://www.h1/"])("is not %s", (uri) => {
    expect(register(document, uri, [serviceOf("a")]).outcome).toBe("created");
  });

  it("keeps its id and raises every revision by force", () => {
    const before = documentOf([serviceOf("a"), serviceOf("gone")], [serviceOf("a")]);
    const services = [serviceOf("a"), serviceOf("new")];
    const forced = register(before, "http://h1/", services, { force: true, now: 9 });
    expect(forced).toMatchObject({ id: "dp_1", outcome: "overwritten" });
    expect(revisionsOf(forced.document, "dp_1")).toEqual({ a: 3, new: 1 });
    expect(recordOf(forced.document, "dp_1").createdAt).toBe(9);
    expect(newestRevision(forced.document, "gone")).toBeUndefined();
  });

  it("is that of the newest of several deployments", () => {
    const [first, second] = documentOf([serviceOf("a")], [serviceOf("a")]).deployments;
    if (first === undefined || second === undefined) throw new Error("two are expected");
    const moved = { ...second, address: addressAt("http://h1/") };
    const both = { ...EMPTY_DOCUMENT, deployments: [moved, first] };
    const wanted = { ...addressAt("http://h1/"), routingHeaders: [] };
    expect(deploymentsAt(both, wanted).map(({ id }) => id)).toEqual(["dp_2", "dp_1"]);
    expect(register(both, "http://h1/", [], { force: true }).id).toBe("dp_2");
  });

  it("is another one for other values of the headers that are routed by", () => {
    const routed = (region: string, rest = {}) => ({
      address: { ...addressAt("http://h1/"), additionalHeaders: { "x-region": region, ...rest } },
      routingHeaders: ["x-region"],
    });
    const services = [serviceOf("a")];
    const first = register(EMPTY_DOCUMENT, "http://h1/", services, routed("eu"));
    const again = register(first.document, "http://h1/", services, routed("eu", { other: "1" }));
    expect(again.outcome).toBe("unchanged");
    const second = register(first.document, "http://h1/", services, routed("us"));
    expect(second.outcome).toBe("created");
    const none = { routingHeaders: ["x-region"] };
    expect(register(second.document, "http://h1/", services, none).outcome).toBe("created");
  });

  it("is never that of a deployment in the server's own process", () => {
    const embedded = { id: "embedded:h1", address: { kind: "embedded", name: "h1" } } as const;
    const range = { minProtocolVersion: 5, maxProtocolVersion: 7 };
    const before = withEmbedded(EMPTY_DOCUMENT, { ...embedded, ...range }, [serviceOf("a")], 1);
    expect(register(before, "http://h1/", [serviceOf("a")]).outcome).toBe("created");
  });
});

describe("a service that changes its type", () => {
  const document = documentOf([serviceOf("a")]);
  const object = serviceOf("a", ["run"], "VIRTUAL_OBJECT");

  it("is refused", () => {
    expect(() => register(document, "http://h2/", [object])).toThrow(
      expect.objectContaining({
        status: 409,
        code: "META0006",
        message: expect.stringContaining("service a is a SERVICE in revision 1, and would become"),
      }),
    );
  });

  it.each([{ breaking: true }, { force: true }])("is allowed with %j", (rest) => {
    const { document: after } = register(document, "http://h2/", [object], rest);
    expect(newestRevision(after, "a")?.manifest.ty).toBe("VIRTUAL_OBJECT");
  });
});
