import { StoreError } from "@rejoin/engine";
import { createMemoryDisk, createMemoryStore, openMemoryStore } from "@rejoin/storage";
import { expect, it } from "vitest";
import { ManualPorts } from "../testing/manual-ports.ts";
import { decodeDocument, encodeDocument, type RegistryDocument } from "./document.ts";
import { ServerRegistry } from "./registry.ts";
import { SERVER_DEFAULTS } from "./snapshot.ts";
import { documentOf, register, serviceOf } from "./testing/records.ts";

function addService(document: RegistryDocument, name: string) {
  return register(document, `http://${name}/`, [serviceOf(name)], { id: `dp_${name}` });
}

it("applies a change again when someone else was faster", async () => {
  const store = createMemoryStore({ partitionCount: 1 });
  const [first, second] = [
    await ServerRegistry.open(store, SERVER_DEFAULTS),
    await ServerRegistry.open(store, SERVER_DEFAULTS),
  ];
  const names = Array.from({ length: 20 }, (_, i) => `s${i}`);
  await Promise.all(
    names.map((name, i) =>
      (i % 2 === 0 ? first : second).update((document) => addService(document, name)),
    ),
  );
  for (const registry of [first, second]) {
    const { deployments } = await registry.read();
    expect(deployments.map(({ id }) => id).sort()).toEqual(
      names.map((name) => `dp_${name}`).sort(),
    );
    expect(registry.current.services).toHaveLength(20);
    registry.close();
  }
  await store.close();
});

it("stores nothing for a preview or a change that changes nothing", async () => {
  const store = createMemoryStore({ partitionCount: 1 });
  const registry = await ServerRegistry.open(store, SERVER_DEFAULTS);
  const { result, snapshot } = await registry.preview((document) => addService(document, "a"));
  expect(result).toMatchObject({ id: "dp_a", outcome: "created" });
  expect(snapshot.latest("a")?.revision).toBe(1);
  expect(registry.current.latest("a")).toBeUndefined();
  await registry.update((document) => ({ document }));
  expect(await store.getMetadata("registry")).toBeUndefined();
  registry.close();
  await store.close();
});

it("leaves everything as it was when a change throws", async () => {
  const store = createMemoryStore({ partitionCount: 1 });
  const registry = await ServerRegistry.open(store, SERVER_DEFAULTS);
  const failing = registry.update(() => {
    throw new Error("no");
  });
  await expect(failing).rejects.toThrow("no");
  expect(await store.getMetadata("registry")).toBeUndefined();
  registry.close();
  await store.close();
});

it("reads what it has written, and nothing of a later format", () => {
  const document = documentOf([serviceOf("a")], [serviceOf("b")]);
  expect(decodeDocument(encodeDocument(document))).toEqual(document);
  const later = new TextEncoder().encode(JSON.stringify({ ...document, format: 2 }));
  expect(() => decodeDocument(later)).toThrow(StoreError);
});

it("reads a change again that it could not read at once", async () => {
  const disk = createMemoryDisk({ partitionCount: 1 });
  const ports = new ManualPorts(1);
  let fails = false;
  const beforeGetMetadata = async () => {
    if (fails) throw new StoreError("UNAVAILABLE", "not now");
  };
  const failing = openMemoryStore(disk, { faults: { beforeGetMetadata } });
  const store = openMemoryStore(disk);
  const registry = await ServerRegistry.open(failing, SERVER_DEFAULTS, ports.timers);
  const other = await ServerRegistry.open(store, SERVER_DEFAULTS);
  fails = true;
  await other.update((document) => addService(document, "a"));
  await ports.advance(5000);
  expect(registry.current.services).toEqual([]);
  fails = false;
  await ports.advance(1000);
  expect(registry.current.services.map(({ name }) => name)).toEqual(["a"]);
  for (const one of [registry, other]) one.close();
  for (const one of [failing, store]) await one.close();
});
