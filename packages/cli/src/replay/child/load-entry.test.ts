import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../../testing/test-environment.ts";
import { HeldBack, loadEndpoint } from "./load-entry.ts";

const DEFINE = `const define = (name) => ({ name, [Symbol.for("@rejoin/sdk/definition")]: {} });\n`;

async function load(text: string, service = "a") {
  const path = join(await temporaryDirectory(), "app.mjs");
  await writeFile(path, DEFINE + text);
  return (await loadFrom(path, service)).map(({ name }) => name);
}

async function loadFrom(path: string, service: string) {
  const held = new HeldBack();
  try {
    return (await loadEndpoint(path, service, { held, patienceMs: 100 })).options.services;
  } finally {
    held.release();
  }
}

describe("the services of a program", () => {
  it.each([
    `export const a = define("a");`,
    `export default define("a");`,
    `export const list = [define("a")];`,
    `export const all = { one: define("a") };`,
    `export default { services: [define("a")] };`,
  ])("are found in what it exports: %s", async (text) => {
    expect(await load(text)).toEqual(["a"]);
  });

  it("are those that it would have served, before what it exports", async () => {
    const capture = `globalThis[Symbol.for("@rejoin/sdk/capture")]`;
    const serve = `${capture}({ options: { services: [define("b"), define("a")] } });`;
    expect(await load(`${serve}\nexport const a = define("a");`)).toEqual(["b", "a"]);
    expect(await load(`${serve}\nexport const c = define("c");`, "c")).toEqual(["c"]);
  });

  it("are waited for where the program takes its time", async () => {
    const capture = `globalThis[Symbol.for("@rejoin/sdk/capture")]`;
    const serve = `${capture}({ options: { services: [define("a")] } })`;
    expect(await load(`setImmediate(() => ${serve});`)).toEqual(["a"]);
  });

  it("are named if there is no such service", async () => {
    await expect(load(`export const b = [define("b"), define("c")];`)).rejects.toThrow(
      /app\.mjs has no service a; it has b, c$/,
    );
    await expect(load("export const x = 1;")).rejects.toThrow("it has no services");
  });

  it("are not looked for in a program that cannot be loaded", async () => {
    await expect(load(`throw new Error("no database");`)).rejects.toThrow(
      /app\.mjs cannot be loaded: Error: no database/,
    );
  });
});

describe("a program that is loaded", () => {
  it("opens no port, and believes that it does", async () => {
    const text = `
      import { createServer } from "node:http";
      const server = createServer();
      await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
      export const a = { ...define("a"), port: server.address().port, isOpen: server.listening };`;
    const path = join(await temporaryDirectory(), "app.mjs");
    await writeFile(path, DEFINE + text);
    expect(await loadFrom(path, "a")).toMatchObject([{ port: 0, isOpen: false }]);
  });

  it("leaves this process as it was", async () => {
    await load(`export const a = define("a");`);
    expect(Symbol.for("@rejoin/sdk/capture") in globalThis).toBe(false);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    expect(server.listening).toBe(true);
    await new Promise((resolve) => server.close(resolve));
  });
});
