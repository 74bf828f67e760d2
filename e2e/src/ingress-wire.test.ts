/** The ingress on the wire: HTTP/1.1 as it comes, in whole or in part, and HTTP/2. */
import { request as httpRequest } from "node:http";
import { type ClientHttp2Stream, connect as connectHttp2 } from "node:http2";
import { type RunningServer, start } from "@rejoin/server";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { startProgram } from "./support/child-program.ts";
import { createGates } from "./support/gate-service.ts";
import { request } from "./support/ingress-client.ts";
import { exchange, openConnection } from "./support/raw-http.ts";
import { createTemporaryDirectory } from "./support/temporary-directory.ts";
import { tools } from "./support/tools-service.ts";

const gates = createGates();
let server: RunningServer;
let url: string;

beforeAll(async () => {
  server = await start({ services: [tools, gates.service], log: () => undefined });
  url = server.ingressUrl;
});
afterAll(() => server.close());

describe("the wire", () => {
  it.each([
    ["no HTTP", "hello there\r\n\r\n", /^HTTP\/1\.1 400 /],
    ["a bad method", "P@ST /tools/echo HTTP/1.1\r\nhost: x\r\n\r\n", /^HTTP\/1\.1 400 /],
    ["a bad length", "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: x\r\n\r\n", /^HTTP\/1\.1 400 /],
    [
      "a length and chunks",
      "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n",
      /^HTTP\/1\.1 400 /,
    ],
    ["no host", "GET /restate/health HTTP/1.1\r\n\r\n", /^HTTP\/1\.1 400 /],
    [
      "huge headers",
      `GET / HTTP/1.1\r\nhost: x\r\nx: ${"y".repeat(100_000)}\r\n\r\n`,
      /^HTTP\/1\.1 431 /,
    ],
    [
      "an old version",
      "GET /restate/health HTTP/1.0\r\n\r\n",
      /^HTTP\/1\.1 200 [\s\S]*"services":/,
    ],
  ])("with %s is answered and closed", async (_, text, answer) => {
    expect(await exchange(url, text)).toMatch(answer);
  });

  it("may name the server in the request line, as proxies do", async () => {
    const text = `GET ${url}/restate/health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`;
    expect(await exchange(url, text)).toMatch(/^HTTP\/1\.1 200 /);
  });

  it("carries requests one behind the other, answered in order", async () => {
    const connection = await openConnection(url);
    onTestFinished(() => connection.close());
    const one = (body: string) =>
      "POST /tools/echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n" +
      `content-length: ${body.length}\r\n\r\n${body}`;
    await connection.write(["1", '"two"', "3"].map(one).join(""));
    const answers = await connection.readUntil(/3$/);
    expect(answers.match(/^(1|"two"|3)(?=HTTP|$)/gm)).toEqual(["1", '"two"', "3"]);
  });

  it("may break anywhere in a request without harm", async () => {
    // In a process of its own: one that hangs must not take the tests along.
    const directory = await createTemporaryDirectory();
    onTestFinished(() => directory.remove());
    const program = startProgram({ program: "serve-tools", args: [directory.path] });
    onTestFinished(() => program.kill().then(() => undefined));
    const other = await program.ingressUrl();
    const post =
      "POST /tools/echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n" +
      'content-length: 10\r\n\r\n"01234567"';
    const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    const connections = [post, preface].flatMap((text) =>
      [0, 1, 2, 3, 10, text.length - 1].map((length) => text.slice(0, length)),
    );
    const alive = async () => {
      const signal = AbortSignal.timeout(2_000);
      const answer = await request(`${other}/tools/echo`, { body: "fine", signal });
      expect(answer.json()).toBe("fine");
    };
    for (const text of connections) {
      const connection = await openConnection(other);
      if (text !== "") await connection.write(text);
      await alive();
      connection.close();
    }
    await alive();
  });

  it("may come in pieces", async () => {
    const directory = await createTemporaryDirectory();
    onTestFinished(() => directory.remove());
    const program = startProgram({ program: "serve-tools", args: [directory.path] });
    onTestFinished(() => program.kill().then(() => undefined));
    const other = await program.ingressUrl();
    const text =
      "POST /tools/echo HTTP/1.1\r\nhost: x\r\nconnection: close\r\n" +
      'content-type: application/json\r\ncontent-length: 10\r\n\r\n"01234567"';
    const connection = await openConnection(other);
    onTestFinished(() => connection.close());
    for (const character of text) {
      await connection.write(character);
      // Another request in between, so that the pieces do not travel together.
      const signal = AbortSignal.timeout(2_000);
      await request(`${other}/restate/health`, { method: "GET", signal });
    }
    expect(await connection.readToEnd()).toMatch(/^HTTP\/1\.1 200 [\s\S]*"01234567"$/);
  });

  it("asks before it sends a large body, if the client says so", async () => {
    const body = JSON.stringify("x".repeat(1_000));
    const answer = await new Promise<string>((resolve, reject) => {
      const asking = httpRequest(`${url}/tools/echo`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          "content-length": body.length,
          expect: "100-continue",
        },
      });
      asking.on("continue", () => asking.end(body));
      asking.on("error", reject);
      asking.on("response", (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("end", () => resolve(text));
      });
      asking.flushHeaders();
    });
    expect(answer).toBe(body);
  });

  describe("of HTTP/2", () => {
    /** A session, and what makes a POST request on it. */
    function openSession() {
      const session = connectHttp2(url, { maxSessionMemory: 1_000 });
      onTestFinished(() => session.destroy());
      const post = (path: string, body: string): ClientHttp2Stream => {
        const stream = session.request({
          ":method": "POST",
          ":path": path,
          "content-type": "application/json",
        });
        stream.setEncoding("utf8");
        stream.end(body);
        return stream;
      };
      return { post, echo: (value: unknown) => read(post("/tools/echo", JSON.stringify(value))) };
    }

    function read(stream: ClientHttp2Stream): Promise<string> {
      return new Promise((resolve, reject) => {
        let text = "";
        stream.on("data", (chunk: string) => {
          text += chunk;
        });
        stream.on("end", () => resolve(text)).on("error", reject);
      });
    }

    const answered = (stream: ClientHttp2Stream) =>
      new Promise<number | undefined>((resolve) => {
        stream.on("response", (headers) => resolve(headers[":status"]));
      });

    it("carries many requests at once", async () => {
      const { echo } = openSession();
      const results = await Promise.all(Array.from({ length: 50 }, (_, i) => echo(i)));
      expect(results).toEqual(Array.from({ length: 50 }, (_, i) => String(i)));
    });

    it("goes on after one that is too large and one that is given up", async () => {
      const { post, echo } = openSession();
      const large = post("/tools/echo", " ".repeat((32 << 20) + 1));
      expect(await answered(large)).toBe(413);
      expect(await read(large)).toContain("the body is larger than the limit");
      const gate = gates.make("given up");
      const givenUp = post("/gates/pass", '"given up"');
      givenUp.on("error", () => undefined);
      onTestFinished(gate.open);
      await gate.hasEntered;
      givenUp.close();
      expect(await echo("next")).toBe('"next"');
    });

    it("is not hindered by large answers that are not read yet", async () => {
      const { post, echo } = openSession();
      const value = JSON.stringify("x".repeat(3_000_000));
      const unread = Array.from({ length: 6 }, () => post("/tools/echo", value));
      await Promise.all(unread.map(answered));
      expect(await echo("small")).toBe('"small"');
      for (const text of await Promise.all(unread.map(read))) expect(text).toBe(value);
    });
  });
});
