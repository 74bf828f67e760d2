/** The ingress on a socket: bodies arrive as they were given. */
import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:http2";
import { buffer, text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listen } from "../listening.ts";
import { createIngressServer, type IngressServer } from "./http-server.ts";
import type { Ingress } from "./ingress.ts";

const LENGTHS = [0, 1, 256, 4096, 4097, 100_000];

/** Every byte, over and over, not at the beginning of its memory. */
function bytesOf(length: number): Uint8Array {
  return Uint8Array.from({ length: length + 7 }, (_, i) => i % 256).subarray(7);
}

const answering: Pick<Ingress, "handle"> = {
  handle: ({ path }) => {
    const body = path === "/text" ? "größer" : bytesOf(Number(path.slice(1)));
    return Promise.resolve({ status: 200, headers: { "x-test": "yes" }, body });
  },
};

let server: IngressServer;
let origin: string;

beforeAll(async () => {
  server = createIngressServer(answering as Ingress, 1 << 20);
  origin = await listen(server.server, "127.0.0.1:0");
});

afterAll(() => {
  server.server.close();
  server.destroy();
});

describe("an answer over HTTP/1.1", () => {
  const get = async (path: string) => {
    const sent = request(`${origin}${path}`).end();
    const [response] = await once(sent, "response");
    return response;
  };

  it.each(LENGTHS)("of %d bytes has each of them", async (length) => {
    const response = await get(`/${length}`);
    expect(response.headers).toMatchObject({ "x-test": "yes", "content-length": String(length) });
    expect(new Uint8Array(await buffer(response))).toEqual(bytesOf(length));
  });

  it("of text is UTF-8", async () => {
    expect(await text(await get("/text"))).toBe("größer");
  });
});

describe("an answer over HTTP/2", () => {
  it.each(LENGTHS)("of %d bytes has each of them", async (length) => {
    const session = connect(origin);
    const stream = session.request({ ":path": `/${length}` });
    expect(new Uint8Array(await buffer(stream))).toEqual(bytesOf(length));
    session.close();
  });
});
