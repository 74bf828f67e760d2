/** `POST /services/{name}/state`, with objects written with the reference SDK. */
import { fork } from "node:child_process";
import { createInterface } from "node:readline";
import { stateVersion } from "@rejoin/protocol";
import { describe, expect, it, onTestFinished } from "vitest";
import { startServer } from "./testing/running-server.ts";

const PROGRAM = new URL("./testing/reference-service.mjs", import.meta.url);
const bytes = (text: string) => [...new TextEncoder().encode(text)];

async function start() {
  const child = fork(PROGRAM, { stdio: ["ignore", "pipe", "inherit", "ipc"], execArgv: [] });
  onTestFinished(() => void child.kill());
  if (child.stdout === null) throw new Error("its output is piped");
  for await (const line of createInterface(child.stdout)) {
    const server = await startServer();
    const { status } = await server.call("POST /deployments", { uri: `http://127.0.0.1:${line}` });
    expect(status).toBe(201);
    return server;
  }
  throw new Error("the reference services did not start");
}

describe("POST /services/{name}/state", () => {
  it("replaces the state of an object", async () => {
    const server = await start();
    const add = async (key: string, value: number) =>
      (await server.invoke(`/counter/${key}/add`, value)).json;
    expect(await add("a", 2)).toBe(2);
    const change = (body: object) => server.call("POST /services/counter/state", body);
    const replaced = await change({ object_key: "a", new_state: { count: bytes("40") } });
    expect([replaced.status, replaced.text]).toEqual([202, ""]);
    expect(await add("a", 2)).toBe(42);
    expect(await add("b", 2)).toBe(2);
    expect((await change({ object_key: "a", new_state: {} })).status).toBe(202);
    expect(await add("a", 1)).toBe(1);
  });

  it("keeps every value, whatever its name", async () => {
    const server = await start();
    const names = ["", "__proto__", "constructor", "toString"];
    const new_state = Object.fromEntries(names.map((name) => [name, bytes("1")]));
    const change = { object_key: "a", new_state };
    expect((await server.call("POST /services/counter/state", change)).status).toBe(202);
    const read = () => server.call("GET /services/counter/objects/a/state");
    const kept = async () => (await read()).json.entries.map((entry: { key: string }) => entry.key);
    await expect.poll(kept).toEqual(names);
  });

  it.each([".", "..", ""])("belongs to the key %j too, which no path can hold", async (key) => {
    const server = await start();
    const change = { object_key: key, new_state: { count: bytes("7") } };
    expect((await server.call("POST /services/counter/state", change)).status).toBe(202);
    const read = () => server.call(`GET /services/counter/state?object_key=${key}`);
    const kept = async () => (await read()).json.entries.map((entry: { key: string }) => entry.key);
    await expect.poll(kept).toEqual(["count"]);
    const one = await server.call(`GET /v4/services/counter/state?object_key=${key}&state_key=no`);
    expect(one.status).toBe(404);
    expect((await server.call("GET /services/counter/state")).status).toBe(400);
  });

  it("can ask for a version of the state", async () => {
    const server = await start();
    const change = (version: string, count: string) =>
      server.call("POST /v4/services/counter/state", {
        object_key: "a",
        new_state: { name: bytes(count) },
        version,
      });
    const refused = await change("not-the-version", "1");
    expect([refused.status, refused.json.message]).toEqual([
      409,
      expect.stringContaining("object counter/a is left as it is"),
    ]);
    await server.call("POST /services/counter/state", {
      object_key: "a",
      new_state: { name: bytes('"bob"') },
    });
    expect((await change("not-the-version", "2")).status).toBe(409);
    const [key, value] = ["name", '"bob"'].map((text) => Uint8Array.from(bytes(text)));
    if (key === undefined || value === undefined) throw new Error("there are two");
    expect((await change(stateVersion([{ key, value }]), "3")).status).toBe(202);
  });

  it("knows which services have state", async () => {
    const server = await start();
    const at = (service: string, new_state: object) =>
      server.call(`POST /services/${service}/state`, { object_key: "a", new_state });
    const plain = await at("greeter", {});
    expect([plain.status, plain.json.message]).toEqual([400, expect.stringContaining("no state")]);
    expect((await at("nothing", { a: [1] })).status).toBe(404);
    expect((await at("nothing", {})).status).toBe(202);
  });

  it.each([
    [{ new_state: {} }, "object_key"],
    [{ object_key: "a" }, "new_state"],
    [{ object_key: "a", new_state: { a: [300] } }, "new_state.a: expected an array of bytes"],
    [{ object_key: "a", new_state: { a: [1.5] } }, "new_state.a"],
    [{ object_key: "a", new_state: { a: "text" } }, "new_state.a"],
  ])("refuses %j", async (body, text) => {
    const server = await startServer();
    const refused = await server.call("POST /services/counter/state", body);
    expect([refused.status, refused.json]).toEqual([422, undefined]);
    expect(refused.text).toContain(text);
  });
});
