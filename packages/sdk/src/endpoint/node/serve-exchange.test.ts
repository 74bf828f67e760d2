import { request as createRequest, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import { createAnswer } from "../http/answers.ts";
import type { HttpOutcome } from "../http/http-endpoint.ts";
import { toExchange } from "./node-exchange.ts";
import { OpenPumps } from "./open-pumps.ts";
import { serveExchange } from "./serve-exchange.ts";

/** A server whose answers are given by the test; resolves with each request's. */
async function open() {
  const { promise: asked, resolve: ask } = deferred<{
    settle: (outcome: HttpOutcome) => void;
    reject: (error: Error) => void;
    closed: Promise<void>;
  }>();
  const server = createServer((request, response) => {
    const outcome = deferred<HttpOutcome>();
    const closed = deferred<void>();
    serveExchange({ handle: () => outcome.promise }, toExchange(request, response, undefined));
    response.once("close", () => closed.resolve());
    ask({ settle: outcome.resolve, reject: outcome.reject, closed: closed.promise });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, asked };
}

function deferred<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<T>((done, failed) => {
    resolve = done;
    reject = failed;
  });
  return { promise, resolve, reject };
}

test("an answer that takes time is given", async () => {
  const { url, asked } = await open();
  const response = fetch(url);
  (await asked).settle(createAnswer(200, "text/plain", "late"));
  expect(await (await response).text()).toBe("late");
});

test("a check that fails is an error of this request", async () => {
  const { url, asked } = await open();
  const response = fetch(url);
  (await asked).reject(new Error("cannot be checked"));
  expect((await response).status).toBe(500);
  expect(await (await response).json()).toEqual({ message: "cannot be checked" });
});

test("no attempt is opened for a connection that was lost meanwhile", async () => {
  const { url, asked } = await open();
  const client = createRequest(url);
  client.on("error", () => undefined);
  client.end();
  const { settle, closed } = await asked;
  client.destroy();
  await closed;
  const openAttempt = vi.fn();
  settle({ kind: "invocation", headers: {}, open: openAttempt });
  await new Promise((resolve) => setImmediate(resolve));
  expect(openAttempt).not.toHaveBeenCalled();
});

test("an attempt that opens while the endpoint drains suspends too", () => {
  const pumps = new OpenPumps();
  const [early, late, ended] = [1, 2, 3].map(() => ({ requestSuspension: vi.fn() }));
  pumps.add(early as never);
  pumps.delete(pumps.add(ended as never));
  pumps.requestSuspension();
  pumps.add(late as never);
  expect(early?.requestSuspension).toHaveBeenCalledOnce();
  expect(late?.requestSuspension).toHaveBeenCalledOnce();
  expect(ended?.requestSuspension).not.toHaveBeenCalled();
});
