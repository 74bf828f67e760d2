/** The client in one file, for runtimes that have `fetch` and nothing of Node. */
import { createContext, runInContext } from "node:vm";
import type { Ingress } from "@rejoin/client";
import { describe, expect, it } from "vitest";
import { bundle } from "./support/runtimes/bundle.ts";

const KIB = 1024;
/** Minified; more must have a reason. */
const BYTES_MAX = 24 * KIB;
const INGRESS_ONLY = 'export { connect, rpc } from "@rejoin/client";';
const kib = (bytes: number) => (bytes / KIB).toFixed(1);

describe("a bundle of the client", () => {
  it.each([
    ["all of it", 'export * from "@rejoin/client";'],
    ["the ingress client", INGRESS_ONLY],
  ])("with %s has no import, and is small", async (what, program) => {
    const plain = await bundle(program);
    const imports = Object.values(plain.metafile.outputs).flatMap((output) => output.imports);
    expect(imports).toEqual([]);
    expect(plain.text).not.toMatch(
      /\bfrom\s*"node:|import\("node:|require\(|\bprocess\.|\bBuffer\b/,
    );
    const small = await bundle(program, { minify: true });
    console.log(
      `bundle of @rejoin/client, ${what}: ${kib(plain.bytes)} KiB, ${kib(small.bytes)} KiB ` +
        `minified, ${kib(small.gzipBytes)} KiB minified and compressed`,
    );
    expect(small.bytes).toBeLessThan(BYTES_MAX);
  });

  it("needs only what every runtime has", async () => {
    const { text } = await bundle(INGRESS_ONLY, { format: "iife" });
    const asked: string[] = [];
    const answers = [new Response("busy", { status: 503 }), new Response('"hello"')];
    const fetch = async (url: string, init: RequestInit) => {
      asked.push(`${init.method} ${url}`);
      return answers.shift();
    };
    const { TextEncoder, TextDecoder, URL, AbortController, AbortSignal } = globalThis;
    const web = { TextEncoder, TextDecoder, URL, AbortController, AbortSignal, DOMException };
    const context = createContext({ ...web, setTimeout, clearTimeout, fetch });
    runInContext(text, context);
    const { connect, rpc } = context.exported as typeof import("@rejoin/client");
    const ingress: Ingress = connect({ url: "http://host", retry: { initialInterval: 1 } });
    const greeter = ingress.serviceClient<{ greet(ctx: unknown): Promise<string> }>({
      name: "greeter",
    });
    const opts = rpc.opts<unknown, string>({ idempotencyKey: "k", timeout: 10_000 });
    expect(await greeter.greet(opts)).toBe("hello");
    expect(asked).toEqual(["POST http://host/greeter/greet", "POST http://host/greeter/greet"]);
  });
});
