import { parseDeploymentId } from "@rejoin/protocol";
import { createMemoryStore } from "@rejoin/storage";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DiscoverPort } from "./discover-port.ts";
import { type RegisterRequest, Registrar } from "./registrar.ts";
import { ServerRegistry } from "./registry.ts";
import type { InFlight } from "./remove-deployment.ts";
import { SERVER_DEFAULTS } from "./snapshot.ts";
import { manifestOf, serviceOf } from "./testing/records.ts";

type Asked = Parameters<DiscoverPort>[0];

let registry: ServerRegistry;
let registrar: Registrar;
let asked: Asked[];
let manifest = manifestOf(serviceOf("a"));
let inFlight: InFlight;
/** What happens while invocations in flight are searched. */
let onSearch: () => Promise<void>;
let nowMs = 1_700_000_000_000;

beforeEach(async () => {
  registry = await ServerRegistry.open(createMemoryStore({ partitionCount: 1 }), SERVER_DEFAULTS);
  asked = [];
  manifest = manifestOf(serviceOf("a"));
  inFlight = { count: 0, first: [], isComplete: true };
  onSearch = async () => undefined;
  registrar = new Registrar({
    registry,
    ports: {
      clock: { now: () => nowMs++ },
      random: { bytes: (length) => new Uint8Array(length).fill(nowMs % 256) },
    },
    discover: async (target) => {
      asked.push(target);
      return { manifest, sdkVersion: "test-sdk/1.0", httpVersion: "HTTP/2.0" };
    },
    findInFlight: async () => {
      await onSearch();
      return inFlight;
    },
  });
});

afterEach(() => {
  registry.close();
});

function request(rest: Partial<RegisterRequest> = {}): RegisterRequest {
  return { uri: "http://h:9080", force: false, breaking: false, dryRun: false, ...rest };
}

const KEEP = { overwrite: false, dryRun: false };

describe("register", () => {
  it("asks the endpoint and gives the deployment an id", async () => {
    const additionalHeaders = { "X-A": "1" };
    const { result, snapshot } = await registrar.register(request({ additionalHeaders }));
    expect(result.outcome).toBe("created");
    expect(parseDeploymentId(result.id)).toHaveLength(16);
    expect(asked).toEqual([
      { uri: "http://h:9080/", useHttp11: false, additionalHeaders: { "x-a": "1" } },
    ]);
    expect(snapshot.deployment(result.id)?.address).toMatchObject({
      additionalHeaders: { "x-a": "1" },
    });
    expect(registry.current.latest("a")?.deploymentId).toBe(result.id);
  });

  it("does not ask about an address that it knows", async () => {
    const first = await registrar.register(request());
    const again = await registrar.register(request({ uri: "http://h:9080/?x" }));
    expect(again.result).toMatchObject({ id: first.result.id, outcome: "unchanged" });
    expect(asked).toHaveLength(1);
  });

  it("stores nothing in a dry run", async () => {
    const { result, snapshot } = await registrar.register(request({ dryRun: true }));
    expect(snapshot.latest("a")?.deploymentId).toBe(result.id);
    expect(registry.current.deployments).toEqual([]);
  });

  it("registers an address once when it is asked twice at a time", async () => {
    const both = await Promise.all([registrar.register(request()), registrar.register(request())]);
    expect(both.map(({ result }) => result.outcome).sort()).toEqual(["created", "unchanged"]);
    expect(registry.current.deployments).toHaveLength(1);
  });
});

describe("update", () => {
  it("asks at the new address with the headers that it keeps", async () => {
    const { result } = await registrar.register(request({ additionalHeaders: { a: "1" } }));
    const { snapshot } = await registrar.update(result.id, { uri: "http://new:1", ...KEEP });
    expect(asked[1]).toEqual({
      uri: "http://new:1/",
      useHttp11: false,
      additionalHeaders: { a: "1" },
    });
    expect(snapshot.deployment(result.id)?.address).toMatchObject({ uri: "http://new:1/" });
  });

  it("does nothing if nothing is asked for", async () => {
    const { result } = await registrar.register(request());
    const { version } = registry.current;
    await registrar.update(result.id, KEEP);
    expect(asked).toHaveLength(1);
    expect(registry.current.version).toBe(version);
  });

  it("takes the newest code at the same address with overwrite alone", async () => {
    const { result } = await registrar.register(request());
    manifest = manifestOf(serviceOf("a", ["walk"]));
    const { snapshot } = await registrar.update(result.id, { ...KEEP, overwrite: true });
    expect([...(snapshot.latest("a")?.handlers.keys() ?? [])]).toEqual(["walk"]);
    expect(snapshot.latest("a")?.revision).toBe(1);
  });

  it("stores nothing in a dry run", async () => {
    const { result } = await registrar.register(request());
    const update = { uri: "http://new:1", overwrite: false, dryRun: true };
    const { snapshot } = await registrar.update(result.id, update);
    expect(snapshot.deployment(result.id)?.address).toMatchObject({ uri: "http://new:1/" });
    expect(registry.current.deployment(result.id)?.address).toMatchObject({
      uri: "http://h:9080/",
    });
  });

  it("refuses what it does not know, before it asks", async () => {
    const unknown = registrar.update("dp_x", { uri: "http://new:1", ...KEEP });
    await expect(unknown).rejects.toMatchObject({ status: 404 });
    expect(asked).toEqual([]);
  });
});

describe("remove", () => {
  it("is refused while it leads, and while invocations keep to it", async () => {
    const { result } = await registrar.register(request());
    await expect(registrar.remove(result.id, false)).rejects.toMatchObject({ status: 409 });
    await registrar.register(request({ uri: "http://newer:1" }));
    inFlight = { count: 1, first: [], isComplete: true };
    await expect(registrar.remove(result.id, false)).rejects.toThrow("1 invocation is in flight");
    inFlight = { count: 0, first: [], isComplete: true };
    await registrar.remove(result.id, false);
    expect(registry.current.deployment(result.id)).toBeUndefined();
  });

  it("looks again when the registry has changed while it looked", async () => {
    const { result } = await registrar.register(request());
    const newer = await registrar.register(request({ uri: "http://newer:1" }));
    let looked = 0;
    onSearch = async () => {
      looked += 1;
      // It becomes the newest for a moment: an attempt may have begun there and may be over already.
      if (looked === 1) await registrar.remove(newer.result.id, true);
    };
    await expect(registrar.remove(result.id, false)).rejects.toThrow("holds the newest revision");
    await registrar.register(request({ uri: "http://newer:1" }));
    onSearch = async () => {
      looked += 1;
      if (looked === 2) await registrar.register(request({ uri: "http://other:1" }));
    };
    looked = 1;
    await registrar.remove(result.id, false);
    expect(looked).toBe(4);
    expect(registry.current.deployment(result.id)).toBeUndefined();
    expect(registry.current.deployments).toHaveLength(2);
  });

  it("is undone when an invocation was moved there in the last moment", async () => {
    const { result } = await registrar.register(request());
    await registrar.register(request({ uri: "http://newer:1" }));
    const before = registry.current.deployment(result.id);
    onSearch = async () => {
      const isRemoved = registry.current.deployment(result.id) === undefined;
      inFlight = { count: isRemoved ? 1 : 0, first: [], isComplete: true };
    };
    await expect(registrar.remove(result.id, false)).rejects.toThrow("1 invocation is in flight");
    expect(registry.current.deployment(result.id)).toEqual(before);
  });

  it("gives up when the registry does not rest", async () => {
    const { result } = await registrar.register(request());
    await registrar.register(request({ uri: "http://newer:1" }));
    let count = 0;
    onSearch = async () => {
      count += 1;
      await registrar.register(request({ uri: `http://other${count}:1` }));
    };
    await expect(registrar.remove(result.id, false)).rejects.toMatchObject({ status: 409 });
    expect(registry.current.deployment(result.id)).toBeDefined();
  });

  it("does it anyway by force", async () => {
    const { result } = await registrar.register(request());
    inFlight = { count: 1, first: [], isComplete: true };
    await registrar.remove(result.id, true);
    expect(registry.current.deployments).toEqual([]);
    await expect(registrar.remove(result.id, true)).rejects.toMatchObject({ status: 404 });
  });
});
