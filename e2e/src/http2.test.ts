/** A server and services on a socket of their own, over HTTP/2, with the whole of each in one process. */
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import {
  type Context,
  createEndpointHandler,
  RestatePromise,
  service,
  TerminalError,
} from "@rejoin/sdk";
import { start } from "@rejoin/server";
import { describe, expect, it, onTestFinished } from "vitest";
import { call, request } from "./support/ingress-client.ts";

const MIB = 1 << 20;
const PREFIX = "/services/here";

let failuresLeft = 0;
const served = service({
  name: "served",
  handlers: {
    add: async (_ctx: Context, [a, b]: [number, number]) => a + b,
    fan: async (ctx: Context, count: number) => {
      const factor = await ctx.run("factor", () => 2);
      await ctx.sleep(5);
      const client = ctx.serviceClient(served);
      const sums: Promise<number>[] = Array.from({ length: count }, (_, i) => client.add([i, i]));
      const results = await RestatePromise.all(sums as RestatePromise<number>[]);
      return results.reduce((sum, result) => sum + result, 0) * factor;
    },
    echo: async (_ctx: Context, text: string) => text,
    refuse: async (_ctx: Context) => {
      throw new TerminalError("no", { errorCode: 418 });
    },
    stumble: async (ctx: Context) => {
      const drawn = await ctx.run("draw", () => failuresLeft);
      if (failuresLeft-- > 0) throw new Error("stumbled");
      return drawn;
    },
  },
});

/** The ingress of a server at which the services are registered. */
async function open(maxProtocolVersion: number): Promise<string> {
  const endpoint = createServer(
    createEndpointHandler({ services: [served], logger: () => undefined }),
  );
  await new Promise<void>((resolve) => endpoint.listen(0, "127.0.0.1", resolve));
  const server = await start({ services: [], maxProtocolVersion, log: () => undefined });
  onTestFinished(async () => {
    await server.close();
    await new Promise((resolve) => endpoint.close(resolve));
  });
  const uri = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}${PREFIX}`;
  const answer = await request(`${server.adminUrl}/deployments`, { body: { uri } });
  expect(answer.status).toBe(201);
  expect(answer.json()).toMatchObject({ services: [{ name: "served" }] });
  return `${server.ingressUrl}/served`;
}

describe.each([5, 6, 7])("protocol %d", (version) => {
  it("fans out and in, with runs and sleeps", async () => {
    const url = await open(version);
    expect(await call(`${url}/fan`, 300)).toBe(300 * 299 * 2);
  });

  it("carries 5 MiB both ways", async () => {
    const url = await open(version);
    const text = "z".repeat(5 * MIB);
    expect(await call<string>(`${url}/echo`, text)).toHaveLength(text.length);
  });

  it("fails for good, and tries again", async () => {
    const url = await open(version);
    expect((await request(`${url}/refuse`)).status).toBe(418);
    failuresLeft = 2;
    // What the run has returned is kept from the first attempt.
    expect(await call(`${url}/stumble`)).toBe(2);
  });
});
